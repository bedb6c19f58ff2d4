"""The field before corrections <-> the cache, block by block; what the cache has lost comes from the artefacts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from jobs import journal
from jobs.codec import CodecError, packed, unpacked
from jobs.errors import JobError
from jobs.model import Stored
from jobs.ports import StateCache
from registration.field.displacement import DisplacementField
from registration.plain import grid_from_json, grid_to_json
from worker.blocks import EDGE, BlockArray, Place, Vectors, cut


class Header(Stored):
    """What the cached blocks are: `tag` of the revision 0 that they belong to, the grid, the edge of a block."""

    version: int = 1
    tag: str
    grid: dict[str, Any]
    edge: int


def keep(cache: StateCache, job_id: str, tag: str, field: DisplacementField) -> None:
    """Put a field into the cache; a cache that is away, or full, is as good as empty."""
    header = Header(tag=tag, grid=grid_to_json(field.grid), edge=EDGE).model_dump_json().encode()
    blocks = ((name(place), packed(np.asarray(block, np.float32))) for place, block in cut(field.vectors_mm))
    try:
        cache.keep(job_id, header, blocks)
    except JobError as error:
        journal.record("cache-not-written", job=job_id, code=error.code)


def cached_field(
    cache: StateCache, job_id: str, tag: str, whole: Callable[[], DisplacementField]
) -> DisplacementField | None:
    """The field of revision 0 `tag`, fetched where it is read; `whole` gives what the cache loses. None: not cached."""
    try:
        data = cache.header(job_id)
        header = Header.model_validate_json(data) if data else None
    except (JobError, ValueError):
        return None
    if header is None or (header.tag, header.edge, header.version) != (tag, EDGE, 1):
        return None
    grid = grid_from_json(header.grid)
    fetch = _fetcher(cache, job_id, whole)
    return DisplacementField(cast(Vectors, BlockArray((*grid.shape, 3), fetch)), grid)


def _fetcher(
    cache: StateCache, job_id: str, whole: Callable[[], DisplacementField]
) -> Callable[[Sequence[Place]], list[Vectors]]:
    def fetch(places: Sequence[Place]) -> list[Vectors]:
        try:
            found = cache.blocks(job_id, [name(place) for place in places])
            return [cast(Vectors, unpacked(data or b"")) for data in found]
        except (JobError, CodecError):
            journal.record("cache-lost", job=job_id)
            vectors = whole().vectors_mm
            return [np.array(_block(vectors, place)) for place in places]

    return fetch


def _block(vectors: Vectors, place: Place) -> Vectors:
    z, y, x = (slice(EDGE * one, EDGE * (one + 1)) for one in place)
    return vectors[z, y, x]


def name(place: Place) -> str:
    """A block as the cache calls it."""
    return "/".join(map(str, place))
