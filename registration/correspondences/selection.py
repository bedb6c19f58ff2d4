"""Choosing one label per keypoint so that neighbours agree: coupled convex optimisation on the keypoint graph.

Alternates `v_y = argmin_l C(y, l) + s theta |l - u_y|^2` with a robust smoothing of v into u while theta grows
(A. Steinbrücker et al. 2009; M. P. Heinrich et al., MICCAI 2014, here on a sparse graph), then reads the regularised
cost's soft minimum, so that the match is no longer bound to the labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

COUPLINGS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
OUTLIER_MM = 6.0
TIE_BREAK = 1e-6
"""Cost per mm^2 from the start: nothing beside real differences, but a flat place stays where it is."""
SHARPNESS = 300.0


@dataclass(frozen=True)
class Selection:
    """`displacement` (N, 3) mm of each keypoint, `smooth` (N, 3) its neighbourhood's, `regularised` cost (N, L)."""

    displacement: Tensor
    smooth: Tensor
    regularised: Tensor


def select(
    costs: Tensor,
    base: Tensor,
    start: Tensor,
    offsets: Tensor,
    graph: tuple[Tensor, Tensor],
    *,
    stiffness: float,
    sigma_mm: float,
) -> Selection:
    """The agreed displacements.

    costs (N, L); base (N, 3) mm, displacement of the middle label; start (N, 3) mm, where the search began, which also
    settles what a flat place cannot; offsets (L, 3) mm; graph: neighbour indices and
    distances (N, K) mm, self included; stiffness: cost per mm^2 at theta = 1; sigma_mm: width of the smoothing.
    """
    neighbours, distance = graph
    closeness = torch.exp(-0.5 * (distance / sigma_mm) ** 2)
    regularised = costs + TIE_BREAK * _squared_distance(offsets, start - base)
    smooth = smoothed(base + offsets[regularised.argmin(1)], neighbours, closeness)
    for theta in COUPLINGS:
        regularised = costs + stiffness * theta * _squared_distance(offsets, smooth - base)
        smooth = smoothed(base + offsets[regularised.argmin(1)], neighbours, closeness)
    regularised = costs + stiffness * COUPLINGS[-1] * _squared_distance(offsets, smooth - base)
    weights = torch.softmax(-SHARPNESS * regularised, 1)
    return Selection(base + weights @ offsets, smooth, regularised)


def smoothed(displacement: Tensor, neighbours: Tensor, closeness: Tensor) -> Tensor:
    """Mean (N, 3) over the graph neighbours, weighted by closeness and by agreement with their median."""
    around = displacement[neighbours]  # (N, K, 3)
    deviation = (around - around.median(1, keepdim=True).values).square().sum(2)
    weights = closeness / (1 + deviation / OUTLIER_MM**2)
    return (weights[..., None] * around).sum(1) / weights.sum(1, keepdim=True)


def _squared_distance(offsets: Tensor, centre: Tensor) -> Tensor:
    """|l - c|^2 (N, L) for offsets (L, 3) and centres (N, 3)."""
    return offsets.square().sum(1) - 2 * centre @ offsets.T + centre.square().sum(1, keepdim=True)
