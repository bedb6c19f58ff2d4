"""A stored result with corrections applied: what every product is made from, each part computed when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from registration.archive import StoredResult
from registration.field.displacement import DisplacementField
from registration.field.jacobian import JacobianFigures, jacobian_figures, jacobian_map
from registration.metrics.similarity import ncc
from registration.metrics.undefined import UndefinedError
from registration.products.blocks import EVERY_OTHER, every_other
from registration.products.warping import warp
from registration.refine import Residual, field_with
from registration.refinement.corrections import CorrectionSet
from registration.volume import Volume


@dataclass(frozen=True)
class Outcome:
    """`field` is the stored base with `corrections`; `outcome_of` sees to it."""

    stored: StoredResult
    corrections: CorrectionSet
    field: DisplacementField

    @cached_property
    def warped(self) -> Volume:
        """The moving scan pulled through the field onto the fixed grid."""
        return warp(self.stored.moving, self.field)

    @cached_property
    def jacobian(self) -> NDArray[np.float32]:
        """The determinant map (z, y, x)."""
        return jacobian_map(self.field)

    @cached_property
    def figures(self) -> JacobianFigures:
        """What the determinants say of the whole field."""
        return jacobian_figures(self.jacobian)

    @cached_property
    def likeness(self) -> dict[str, float]:
        """Correlation of the fixed scan with the moving one, as it was stored and as the field pulls it; 1 is the same.

        Over every other voxel along each axis.
        """
        fixed = self.stored.fixed.values[EVERY_OTHER]
        still = DisplacementField(np.zeros((*fixed.shape, 3), np.float32), every_other(self.field.grid))
        before, after = warp(self.stored.moving, still).values, self.warped.values[EVERY_OTHER]
        return {"correlation_before": _correlation(fixed, before), "correlation_after": _correlation(fixed, after)}

    @cached_property
    def residuals(self) -> list[Residual]:
        """How far each correction's target was from the original field, and is from this one."""
        if not len(self.corrections):
            return []
        fixed = np.array([c.fixed_mm for c in self.corrections.correspondences])
        moving = np.array([c.moving_mm for c in self.corrections.correspondences])
        misses = [np.linalg.norm(f.map_points(fixed) - moving, axis=1).tolist() for f in (self.stored.base, self.field)]
        return [Residual(*row) for row in zip(self.corrections.ids, *misses, strict=True)]


def outcome_of(stored: StoredResult, corrections: CorrectionSet | None = None) -> Outcome:
    """The outcome of a result with these corrections, or with those it was stored with."""
    chosen = stored.corrections if corrections is None else corrections
    return Outcome(stored, chosen, field_with(stored.base, chosen) if len(chosen) else stored.base)


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Of two arrays of one shape; NaN, which reports show as null, where one of them is flat."""
    try:
        return ncc(one, other)
    except UndefinedError:
        return float("nan")
