"""Arrays become one block of shared memory, from which a model server on the same machine reads them.

Placed once and named by both calls of a pair, instead of being sent twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[Any]]
ALIGNED = 64


@dataclass(frozen=True)
class Placed:
    """Where an array lies in its block."""

    offset: int
    size: int


class SharedBlock:
    """Named arrays in shared memory; `close` removes them from the machine."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.places: dict[str, Placed] = {}
        total = 0
        for name, array in arrays.items():
            self.places[name] = Placed(total, array.nbytes)
            total += -(-array.nbytes // ALIGNED) * ALIGNED
        self.size = total
        self._memory = SharedMemory(f"kernelreg-pair-{secrets.token_hex(8)}", create=True, size=total)
        for name, array in arrays.items():
            there: Array = np.ndarray(array.shape, array.dtype, self._memory.buf, self.places[name].offset)
            there[...] = array

    @property
    def name(self) -> str:
        """Under which a server knows it."""
        return self._memory.name

    @property
    def key(self) -> str:
        """Under which the operating system knows it."""
        return f"/{self._memory.name}"

    def close(self) -> None:
        """Remove it; a server that still maps it keeps its own view until it lets go."""
        self._memory.close()
        self._memory.unlink()
