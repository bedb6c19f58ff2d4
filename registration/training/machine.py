"""A wish becomes the machine a run has: device, precision of the heavy layers, threads, and the memory it took."""

from __future__ import annotations

import resource
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

import torch

from registration.errors import MethodError

DeviceWish = Literal["auto", "cpu", "cuda"]
PrecisionWish = Literal["auto", "float32", "bfloat16", "float16"]
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
MEGABYTE = 2**20


@dataclass(frozen=True)
class Machine:
    """Where a run computes. `heavy`: type of the convolutions and matrix products, weights stay float32."""

    device: torch.device
    heavy: torch.dtype

    def autocast(self) -> AbstractContextManager[object]:
        """In this context convolutions and matrix products run in `heavy`."""
        return torch.autocast(self.device.type, self.heavy, enabled=self.heavy is not torch.float32)

    def here(self) -> AbstractContextManager[object]:
        """In this context new tensors lie on the device: for parts of the method that make some without a word."""
        return nullcontext() if self.device.type == "cpu" else self.device  # a device as context costs time per call

    def scaler(self) -> torch.amp.GradScaler:
        """Keeps small gradients of float16 from vanishing; does nothing for the other types."""
        return torch.amp.GradScaler(self.device.type, enabled=self.heavy is torch.float16)

    def peak_mb(self) -> float:
        """Largest memory so far in MiB: what torch took of the GPU, else what the whole process took."""
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device) / MEGABYTE
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB, on a Mac bytes
        return peak / (MEGABYTE if sys.platform == "darwin" else 1024)

    def __str__(self) -> str:
        return f"{self.device.type}, {str(self.heavy).removeprefix('torch.')}"


def choose_machine(device: DeviceWish, precision: PrecisionWish, *, cpu_precision: PrecisionWish) -> Machine:
    """A GPU when there is one and bfloat16 there, or float16 where it has none; on a CPU `cpu_precision`.

    Raises MethodError `config-invalid` for a GPU that is not there, and for float16 without one.
    """
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and not has_gpu:
        raise MethodError(
            "config-invalid", "device: expected a CUDA GPU that torch can use, got none; take auto or cpu."
        )
    on_gpu = has_gpu and device != "cpu"
    if precision == "float16" and not on_gpu:
        raise MethodError(
            "config-invalid", "precision: float16 needs a GPU, got a CPU; take auto, bfloat16 or float32."
        )
    chosen = torch.device("cuda" if on_gpu else "cpu")
    if precision != "auto":
        return Machine(chosen, DTYPES[precision])
    if not on_gpu:
        return Machine(chosen, DTYPES[cpu_precision])
    return Machine(chosen, torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16)
