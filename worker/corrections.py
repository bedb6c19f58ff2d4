"""Corrections as they are kept and sent <-> corrections as the method takes them."""

from __future__ import annotations

from collections.abc import Iterable

from jobs.model import Correspondence
from registration.geometry import Grid
from registration.refinement import corrections as method


def correction_set(grid: Grid, kept: Iterable[Correspondence]) -> method.CorrectionSet:
    """The checked set on the fixed scan's grid; raises PointError."""
    return method.CorrectionSet(grid, tuple(taken(one) for one in kept))


def corrections_of(corrections: method.CorrectionSet) -> tuple[Correspondence, ...]:
    """The set as it is kept."""
    return tuple(
        Correspondence(id=one.id, fixed=one.fixed_mm, moving=one.moving_mm) for one in corrections.correspondences
    )


def taken(one: Correspondence) -> method.Correspondence:
    """One click as the method takes it."""
    return method.Correspondence(one.id, one.fixed, one.moving)
