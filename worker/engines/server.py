"""One model server: every call with a deadline and some patience, every error translated here and nowhere else.

| the server says | becomes | tried again |
|---|---|---|
| UNAVAILABLE, "not healthy": not there, ending | `model-server-unavailable` | with growing pauses, for `patience_s` |
| DEADLINE_EXCEEDED | `model-server-unavailable` | no: it would do the work twice |
| NOT_FOUND, INVALID_ARGUMENT: another model than ours | `model-mismatch` | no |
| anything else | `model-failed` | no |
"""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from tritonclient.grpc import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from jobs import journal
from jobs.errors import JobError
from registration.served.expected import expected_fingerprints
from registration.served.specs import VERSION, ServedModel, TensorSpec
from worker.engines.fitness import misfits
from worker.engines.shared import Array, SharedBlock

Answer = TypeVar("Answer")
Observe = Callable[[str, float, str], None]
"""Called after every call of a model as observe(model, seconds, "ok" or the code of the error)."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 3.0
ASK_S = 10.0
"""Deadline of questions that need no computing."""
DYING = "is not healthy"
"""Said of an instance whose process has died; our backend then ends the server, so that it is started again."""
ADDRESS = re.compile(r"[^/]+:\d+")
CHANNEL = [
    ("grpc.max_send_message_length", 2**31 - 1),
    ("grpc.max_receive_message_length", 2**31 - 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", int(1000 * LONGEST_PAUSE_S)),
    ("grpc.use_local_subchannel_pool", 1),
]


def unobserved(model: str, seconds: float, outcome: str) -> None:
    """Nobody looks on."""


@dataclass
class ModelServer:
    """A server at `url` (host:port of gRPC). deadline_s: of one computation; patience_s: with one that is not there."""

    url: str
    deadline_s: float = 300.0
    patience_s: float = 30.0
    observe: Observe = unobserved
    expected: Mapping[str, str] = field(default_factory=expected_fingerprints)
    """The fingerprints that belong to this code, by model."""
    client: InferenceServerClient = field(init=False, repr=False)
    _sharing: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if not ADDRESS.fullmatch(self.url):
            message = f"The model server's address is host:port of its gRPC, got {self.url!r}."
            raise JobError("model-server-unavailable", message)
        self.client = InferenceServerClient(self.url, channel_args=CHANNEL)

    def wait(self, start_s: float) -> None:
        """Return when the server is ready. Raises `model-server-unavailable` when it is not in time."""
        self.patiently(self._ready, "readiness", start_s)

    def require(self, model: ServedModel) -> None:
        """Raises `model-mismatch` when the server has not this very model, in words that name what differs."""
        self.patiently(lambda: self._require(model), model.name)

    def infer(self, model: ServedModel, arrays: Sequence[Array], block: SharedBlock | None = None) -> list[Array]:
        """The model's outputs; inputs in its order. Those that lie in `block` are pointed at, the others sent."""
        began, outcome = time.perf_counter(), "ok"
        try:
            return self.patiently(lambda: self._infer(model, arrays, block), model.name)
        except JobError as error:
            outcome = error.code
            raise
        finally:
            self.observe(model.name, time.perf_counter() - began, outcome)

    def share(self, block: SharedBlock) -> None:
        """Make the block known to the server, which may have been restarted since it last was."""
        with self._sharing:
            self._share(block)

    def _share(self, block: SharedBlock) -> None:
        known = self.client.get_system_shared_memory_status(as_json=True, client_timeout=ASK_S)
        if block.name not in known.get("regions", {}):
            with block.written() as key:
                self.client.register_system_shared_memory(block.name, key, block.size, client_timeout=ASK_S)

    def forget(self, block: SharedBlock) -> None:
        """Let the server free the memory; one that does not answer has none."""
        try:
            self.client.unregister_system_shared_memory(block.name, client_timeout=ASK_S)
        except InferenceServerException:
            return

    def patiently(self, call: Callable[[], Answer], asked: str, patience_s: float | None = None) -> Answer:
        """The call's answer, however often it takes while the server is not there. asked: for what, in a word."""
        end = time.monotonic() + (self.patience_s if patience_s is None else patience_s)
        pause = FIRST_PAUSE_S
        while True:
            try:
                return call()
            except InferenceServerException as error:
                if _status(error) != "UNAVAILABLE" or time.monotonic() + pause > end:
                    raise self._translated(error, asked) from None
            time.sleep(pause * random.uniform(0.7, 1.3))
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _translated(self, error: InferenceServerException, asked: str) -> JobError:
        """The server's objection as one of ours, which clients may read: its address stays in our log, and its words, a
        stack trace perhaps, in its own."""
        status = _status(error)
        journal.record("model-server-objected", logging.WARNING, server=self.url, asked=asked, status=status)
        if status == "UNAVAILABLE":
            return JobError("model-server-unavailable", "The model server does not answer.")
        if status == "DEADLINE_EXCEEDED":
            return JobError("model-server-unavailable", "The model server did not answer in time.")
        if status in ("NOT_FOUND", "INVALID_ARGUMENT"):
            return mismatch(f"asked for {asked}, it answered {status}")
        return JobError("model-failed", "The model server could not compute this pair; its log says why.")

    def _ready(self) -> None:
        if not self.client.is_server_ready(client_timeout=ASK_S):
            raise InferenceServerException("not ready", status="StatusCode.UNAVAILABLE")

    def _require(self, model: ServedModel) -> None:
        about = {"model_name": model.name, "client_timeout": ASK_S, "as_json": True}
        metadata = self.client.get_model_metadata(model_version=str(VERSION), **about)
        config = self.client.get_model_config(model_version=str(VERSION), **about)["config"]
        if found := list(misfits(model, self.expected.get(model.name, "none"), metadata, config)):
            raise mismatch(f"model {model.name}: {'; '.join(found)}")

    def _infer(self, model: ServedModel, arrays: Sequence[Array], block: SharedBlock | None) -> list[Array]:
        self._require(model)  # it may have been replaced since the pair was opened
        if block is not None:
            self.share(block)
        inputs = [_input(spec, array, block) for spec, array in zip(model.inputs, arrays, strict=True)]
        result = self.client.infer(
            model.name,
            inputs,
            model_version=str(VERSION),
            outputs=[InferRequestedOutput(spec.name) for spec in model.outputs],
            client_timeout=self.deadline_s,
        )
        return [np.asarray(result.as_numpy(spec.name)) for spec in model.outputs]


def _input(spec: TensorSpec, array: Array, block: SharedBlock | None) -> InferInput:
    tensor = InferInput(spec.name, list(array.shape), spec.dtype)
    place = block.place_of(array) if block else None
    if block and place:
        tensor.set_shared_memory(block.name, place.size, place.offset)
    else:
        tensor.set_data_from_numpy(np.ascontiguousarray(array))
    return tensor


def mismatch(what: str) -> JobError:
    """The server's models are not the ones that this code calls."""
    return JobError("model-mismatch", f"The model server serves other models than this worker was made for: {what}.")


def _status(error: InferenceServerException) -> str:
    if DYING in str(error.message()):
        return "UNAVAILABLE"
    return str(error.status() or "").removeprefix("StatusCode.")
