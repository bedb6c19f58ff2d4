"""A displacement field as blocks: cut into them, and read like an array that fetches the blocks it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

EDGE = 32
"""Voxels along each side of a block: 390 kB of float32 vectors."""
Place = tuple[int, int, int]
"""Of a block among the blocks, (z, y, x)."""
Vectors = NDArray[np.float32]


def cut(vectors: Vectors) -> Iterator[tuple[Place, Vectors]]:
    """The blocks of a field (z, y, x, 3); those at the far sides are smaller."""
    depth, height, width = (range(-(-n // EDGE)) for n in vectors.shape[:3])
    for place in product(depth, height, width):
        z, y, x = (slice(EDGE * one, EDGE * (one + 1)) for one in place)
        yield place, vectors[z, y, x]


class BlockArray:
    """An array (z, y, x, 3) that fetches blocks when they are touched; as much of an array as a correction reads.

    `fetch` gives the blocks of places, in their order. Reads are `[z, y, x]` with three slices or three index arrays.
    """

    def __init__(self, shape: tuple[int, ...], fetch: Callable[[Sequence[Place]], list[Vectors]]) -> None:
        self.shape = shape
        self._fetch = fetch
        self._blocks: dict[Place, Vectors] = {}

    @property
    def nbytes(self) -> int:
        """What the blocks that are here take."""
        return sum(block.nbytes for block in self._blocks.values())

    def __getitem__(self, key: tuple[Any, Any, Any]) -> Vectors:
        return self._box(key) if all(isinstance(one, slice) for one in key) else self._voxels(key)

    def _box(self, key: tuple[slice, slice, slice]) -> Vectors:
        ends = [one.indices(n)[:2] for one, n in zip(key, self.shape, strict=False)]
        found = np.empty((*(max(0, stop - start) for start, stop in ends), 3), np.float32)
        if not found.size:
            return found
        depth, height, width = (range(start // EDGE, (stop - 1) // EDGE + 1) for start, stop in ends)
        places = list(product(depth, height, width))
        self._have(places)
        for place in places:
            there, here = zip(*(_common(one, *end) for one, end in zip(place, ends, strict=True)), strict=True)
            found[there] = self._blocks[place][here]
        return found

    def _voxels(self, key: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]) -> Vectors:
        index = np.stack(np.broadcast_arrays(*key), axis=-1)
        voxels = index.reshape(-1, 3)
        counts = tuple(-(-n // EDGE) for n in self.shape[:3])
        owners, member = np.unique(np.ravel_multi_index(tuple((voxels // EDGE).T), counts), return_inverse=True)
        places = [(int(z), int(y), int(x)) for z, y, x in zip(*np.unravel_index(owners, counts), strict=True)]
        self._have(places)
        found = np.empty((len(voxels), 3), np.float32)
        for number, place in enumerate(places):
            rows = np.flatnonzero(member == number)
            z, y, x = (voxels[rows] % EDGE).T
            found[rows] = self._blocks[place][z, y, x]
        return found.reshape(*index.shape[:-1], 3)

    def _have(self, places: Sequence[Place]) -> None:
        missing = [place for place in places if place not in self._blocks]
        if missing:
            self._blocks |= dict(zip(missing, self._fetch(missing), strict=True))


def _common(place: int, start: int, stop: int) -> tuple[slice, slice]:
    """Along one axis what block `place` and the range have in common: in the range's voxels, in the block's."""
    first = place * EDGE
    low, high = max(start, first), min(stop, first + EDGE)
    return slice(low - start, high - start), slice(low - first, high - first)
