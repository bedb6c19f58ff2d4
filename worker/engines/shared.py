"""Arrays become one block of shared memory that a model server on the same machine reads, placed once for both calls.

The block has a name of the system's only while the server opens it; then it lives for as long as the server keeps it,
and whoever is killed leaves nothing behind.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[Any]]
ALIGNED = 64


@dataclass(frozen=True)
class Placed:
    """Where an array lies in its block, bytes."""

    offset: int
    size: int


class SharedBlock:
    """Arrays one after the other. name: under which a server knows the block."""

    def __init__(self, arrays: Sequence[Array]) -> None:
        self.name = f"kernelreg-pair-{secrets.token_hex(8)}"
        self.size = 0
        self._placed: list[tuple[Array, Placed]] = []
        for array in arrays:
            self._placed.append((array, Placed(self.size, array.nbytes)))
            self.size += -(-array.nbytes // ALIGNED) * ALIGNED

    def place_of(self, array: Array) -> Placed | None:
        """Where this very array lies; None where it is none of the block's."""
        return next((place for one, place in self._placed if one is array), None)

    @contextmanager
    def written(self) -> Iterator[str]:
        """The block in shared memory, by the name that the system knows it by inside the `with`."""
        memory = SharedMemory(self.name, create=True, size=self.size)
        try:
            for array, place in self._placed:
                there: Array = np.ndarray(array.shape, array.dtype, memory.buf, place.offset)
                there[...] = array
                del there  # or the memory could not be closed
            yield f"/{memory.name}"
        finally:
            memory.close()
            memory.unlink()
