"""Triton's `pytorch` backend where libtorch's is absent: `model.pt` by the torch of the environment, in Python.

Loaded by the server's python backend, never imported by kernelreg. Tensors cross by DLPack in both directions: the
server's `as_numpy` was built against numpy 1 and gives wrong numbers, without an error, under numpy 2.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import triton_python_backend_utils as pb
from torch import Tensor
from torch.utils.dlpack import from_dlpack

Request = Any
"""A request of the server; its module exists only there."""
BY_POSITION = re.compile(r"__(\d+)$")


class TritonPythonModel:
    """One instance of one model."""

    @staticmethod
    def auto_complete_config(config: Request) -> Request:
        """The configuration says everything."""
        return config

    def initialize(self, args: dict[str, str]) -> None:
        """Load the model. `model_repository` is the model's own folder."""
        config = json.loads(args["model_config"])
        name = config.get("default_model_filename") or "model.pt"
        path = Path(args["model_repository"]) / args["model_version"] / name
        on_gpu = args["model_instance_kind"] == "GPU" and torch.cuda.is_available()
        if not on_gpu:  # instances share the processor
            torch.set_num_threads(max(1, torch.get_num_threads() // config["instance_group"][0]["count"]))
        self.device = torch.device(f"cuda:{args['model_instance_device_id']}" if on_gpu else "cpu")
        self.model = torch.jit.load(str(path), map_location=self.device).eval()
        arguments = [a.name for a in self.model.forward.schema.arguments if a.name != "self"]
        self.inputs = ordered([i["name"] for i in config["input"]], arguments)
        self.outputs = ordered([o["name"] for o in config["output"]], [])
        self.truths = {i["name"] for i in config["input"] if i["data_type"] == "TYPE_BOOL"}
        self.batching = config.get("max_batch_size", 0) > 0
        self.guard = guarded(os.getppid())
        self.optimized = config["parameters"].get("DISABLE_OPTIMIZED_EXECUTION", {}).get("string_value") != "true"

    def finalize(self) -> None:
        """The server unloads the model: this process may end."""
        assert self.guard.stdin is not None
        self.guard.communicate(b"end\n")

    def execute(self, requests: Sequence[Request]) -> list[Request]:
        """One response per request, in order; those of one shape are computed together where the model batches."""
        responses: list[Request] = [None] * len(requests)
        for places in self._together(requests):
            try:
                for place, outputs in zip(places, self._answers([requests[p] for p in places]), strict=True):
                    responses[place] = pb.InferenceResponse(
                        [pb.Tensor.from_dlpack(n, t.contiguous()) for n, t in zip(self.outputs, outputs, strict=True)]
                    )
            except Exception as error:  # one pair that cannot be computed must not end the server
                failure = pb.TritonError(str(error).strip().splitlines()[-1] if str(error) else type(error).__name__)
                for place in places:
                    responses[place] = pb.InferenceResponse(error=failure)
        return responses

    def _together(self, requests: Sequence[Request]) -> list[list[int]]:
        """Positions of the requests, those of equal shapes but for the first axis in one list."""
        if not self.batching:
            return [[place] for place in range(len(requests))]
        groups: dict[tuple[tuple[int, ...], ...], list[int]] = {}
        for place, request in enumerate(requests):
            shapes = tuple(tuple(t.shape()[1:]) for t in request.inputs())
            groups.setdefault(shapes, []).append(place)
        return list(groups.values())

    def _answers(self, requests: Sequence[Request]) -> list[list[Tensor]]:
        inputs = [[self._taken(request, name) for name in self.inputs] for request in requests]
        joined = inputs[0] if len(inputs) == 1 else [torch.cat(parts) for parts in zip(*inputs, strict=True)]
        with torch.inference_mode(), torch.jit.optimized_execution(self.optimized):  # type: ignore[attr-defined]
            outputs = self.model(*joined)
        flat = [outputs] if isinstance(outputs, Tensor) else list(outputs)
        if len(requests) == 1:
            return [[tensor.cpu() for tensor in flat]]
        counts = [one[0].shape[0] for one in inputs]
        return [list(parts) for parts in zip(*(tensor.cpu().split(counts) for tensor in flat), strict=True)]

    def _taken(self, request: Request, name: str) -> Tensor:
        tensor = from_dlpack(pb.get_input_tensor_by_name(request, name).to_dlpack())
        return (tensor.bool() if name in self.truths else tensor).to(self.device)


def guarded(server: int) -> subprocess.Popen[bytes]:
    """A process that ends the server if this one dies before it says so.

    A server does not start a dead instance again, it refuses every request for it and calls itself ready. Ended, it is
    started again whole by whoever looks after it.
    """
    return subprocess.Popen(["/bin/sh", "-c", f"read word || kill -TERM {server} 2>/dev/null"], stdin=subprocess.PIPE)


def ordered(names: list[str], arguments: list[str]) -> list[str]:
    """The order of a model's tensors by libtorch's rules: argument names, `name__position`, or as configured."""
    if arguments and set(names) <= set(arguments):
        return [name for name in arguments if name in names]
    if all(BY_POSITION.search(name) for name in names):
        return sorted(names, key=lambda name: int(name.rsplit("__", 1)[1]))
    return names
