"""Models that give back what they get: whether every voxel crosses to the server's torch and back unharmed."""

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

KINDS = ("FP32", "FP64", "INT32", "BOOL")


class Echo(nn.Module):
    def forward(self, a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return a.clone(), b.clone(), c.clone(), d.clone()


class Doubled(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.dim() > 4:
            raise ValueError("too many axes")
        return 2 * x


def write_echo_models(repository: Path) -> None:
    """`echo`: one tensor of every type there and back. `doubled`: batches up to eight requests of one shape."""
    tensors = [(f"TYPE_{kind}", "[-1, -1, -1]") for kind in KINDS]
    _write(repository / "echo", Echo(), _config("echo", 0, tensors))
    batching = "dynamic_batching { max_queue_delay_microseconds: 200000 }\n"
    _write(repository / "doubled", Doubled(), _config("doubled", 8, [("TYPE_FP32", "[-1, -1]")]) + batching)


def _config(name: str, batch: int, tensors: list[tuple[str, str]]) -> str:
    lines = [f'name: "{name}"', 'backend: "pytorch"', f"max_batch_size: {batch}"]
    for side in ("input", "output"):
        for i, (kind, dims) in enumerate(tensors):
            lines.append(f'{side} [ {{ name: "{side.upper()}__{i}" data_type: {kind} dims: {dims} }} ]')
    return "\n".join([*lines, "instance_group [ { kind: KIND_AUTO } ]"]) + "\n"


def _write(folder: Path, module: nn.Module, config: str) -> None:
    (folder / "1").mkdir(parents=True)
    (folder / "config.pbtxt").write_text(config)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.script(module), str(folder / "1" / "model.pt"))
