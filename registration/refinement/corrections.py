"""Clicked correspondences become a checked, immutable set: the only thing that a refined field depends on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from registration.errors import PointError
from registration.geometry import Grid

Point = tuple[float, float, float]

SAME_PLACE_MM = 1.0
"""Clicks closer than this mean the same place."""
SAME_TARGET_MM = 2.0
"""Displacements that differ by more at the same place contradict each other: the gradient would exceed two, which no
invertible motion of tissue has."""
MOST = 2000
"""Correspondences of one set; the matrices between them take two gigabytes."""
FARTHEST_MM = 10_000.0
"""A moving point farther from its fixed point than this lies in no scan."""


@dataclass(frozen=True)
class Correspondence:
    """What is at `fixed_mm` in the fixed scan is at `moving_mm` in the moving scan (LPS mm); the client chose `id`."""

    id: str
    fixed_mm: Point
    moving_mm: Point

    def __post_init__(self) -> None:
        object.__setattr__(self, "fixed_mm", _point(self.fixed_mm, self.id, "fixed"))
        object.__setattr__(self, "moving_mm", _point(self.moving_mm, self.id, "moving"))

    def to_json(self) -> dict[str, Any]:
        """`{"id", "fixed", "moving"}` as clients send it."""
        return {"id": self.id, "fixed": list(self.fixed_mm), "moving": list(self.moving_mm)}


@dataclass(frozen=True)
class CorrectionSet:
    """Correspondences of the scan on `grid`, sorted by id, none outside the grid, no two in contradiction."""

    grid: Grid
    correspondences: tuple[Correspondence, ...] = field(default=())

    def __post_init__(self) -> None:
        by_id = _by_id(self.correspondences)
        if len(by_id) > MOST:
            raise PointError("too-many-correspondences", f"A set may hold {MOST} correspondences, got {len(by_id)}.")
        object.__setattr__(self, "correspondences", tuple(by_id[key] for key in sorted(by_id)))
        _refuse_outside(self.correspondences, self.grid)
        _refuse_contradictions(self.correspondences)

    def __len__(self) -> int:
        return len(self.correspondences)

    @property
    def ids(self) -> tuple[str, ...]:
        """The identifiers, sorted."""
        return tuple(c.id for c in self.correspondences)

    def edited(self, set: Iterable[Correspondence] = (), remove: Iterable[str] = ()) -> CorrectionSet:
        """Another set: first without `remove`, then with `set` added or moved by id. This one stays as it is."""
        kept = {c.id: c for c in self.correspondences}
        for key in dict.fromkeys(remove):
            if kept.pop(key, None) is None:
                known = ", ".join(self.ids[:8]) or "none"
                raise PointError(
                    "correspondence-unknown", f"No correspondence {key!r} to remove; known: {known}.", id=key
                )
        return CorrectionSet(self.grid, tuple((kept | _by_id(set)).values()))

    def to_json(self) -> list[dict[str, Any]]:
        """The correspondences as JSON-ready objects."""
        return [c.to_json() for c in self.correspondences]

    @classmethod
    def from_json(cls, grid: Grid, rows: Iterable[dict[str, Any]]) -> CorrectionSet:
        """The set that `to_json` described; floats survive the round trip bit for bit."""
        return cls(grid, tuple(Correspondence(str(r["id"]), tuple(r["fixed"]), tuple(r["moving"])) for r in rows))


def _point(values: Iterable[float], key: str, side: str) -> Point:
    numbers = [float(v) for v in values]
    if len(numbers) != 3 or not np.isfinite(numbers).all():
        message = f"The {side} point of correspondence {key!r} needs three finite numbers in mm, got {numbers}."
        raise PointError("point-not-finite", message, id=key, side=side)
    x, y, z = numbers
    return x, y, z


def _by_id(correspondences: Iterable[Correspondence]) -> dict[str, Correspondence]:
    found: dict[str, Correspondence] = {}
    for one in correspondences:
        if found.setdefault(one.id, one) != one:
            message = f"Two different correspondences share the identifier {one.id!r}."
            raise PointError("correspondences-contradict", message, ids=[one.id])
    return found


def _refuse_outside(correspondences: tuple[Correspondence, ...], grid: Grid) -> None:
    for one in correspondences:
        if not grid.contains(one.fixed_mm):
            low, high = grid.corners().min(0).round(1).tolist(), grid.corners().max(0).round(1).tolist()
            where = f"{list(one.fixed_mm)} mm, outside the fixed scan, which lies within {low} to {high} mm (LPS)"
            message = f"The fixed point of correspondence {one.id!r} is at {where}."
            raise PointError("point-outside-scan", message, id=one.id, side="fixed")
        if np.abs(np.subtract(one.moving_mm, one.fixed_mm)).max() > FARTHEST_MM:
            message = f"The moving point of correspondence {one.id!r} is over {FARTHEST_MM:.0f} mm from the fixed one."
            raise PointError("point-outside-scan", message, id=one.id, side="moving")


def _refuse_contradictions(correspondences: tuple[Correspondence, ...]) -> None:
    fixed = np.array([c.fixed_mm for c in correspondences]).reshape(-1, 3)
    shift = np.array([c.moving_mm for c in correspondences]).reshape(-1, 3) - fixed
    for i, one in enumerate(correspondences):
        near = np.linalg.norm(fixed[i + 1 :] - fixed[i], axis=1) < SAME_PLACE_MM
        apart = np.linalg.norm(shift[i + 1 :] - shift[i], axis=1)
        for j in np.flatnonzero(near & (apart > SAME_TARGET_MM))[:1]:
            other = correspondences[i + 1 + j].id
            message = (
                f"Correspondences {one.id!r} and {other!r} start less than {SAME_PLACE_MM} mm apart, yet their targets"
                f" disagree by {apart[j]:.1f} mm (at most {SAME_TARGET_MM}). Remove or move one."
            )
            raise PointError("correspondences-contradict", message, ids=[one.id, other])
