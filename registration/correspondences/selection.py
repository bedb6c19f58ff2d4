"""Choosing one label per keypoint so that neighbours agree: coupled convex optimisation on the keypoint graph.

Alternates `v_y = argmin_l C(y, l) + s theta |l - u_y|^2` with a robust smoothing of v into u while theta grows
(A. Steinbrücker et al. 2009; M. P. Heinrich et al., MICCAI 2014, here on a sparse graph), then reads the regularised
cost's soft minimum, so that the match is no longer bound to the labels. TorchScript as well: a model server runs these
very lines.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from registration.correspondences import settings


class Selection(NamedTuple):
    """`displacement` (N, 3) mm of each keypoint, `smooth` (N, 3) its neighbourhood's, `regularised` cost (N, L).

    The regularised cost of a keypoint is up to a number that all its labels share.
    """

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
    cheapest = _cheapest(costs, offsets, start - base, settings.TIE_BREAK)
    smooth = smoothed(base + offsets[cheapest], neighbours, closeness)
    for theta in settings.COUPLINGS:
        cheapest = _cheapest(costs, offsets, smooth - base, stiffness * theta)
        smooth = smoothed(base + offsets[cheapest], neighbours, closeness)
    regularised = _regularised(costs, offsets, smooth - base, stiffness * settings.COUPLINGS[-1])
    weights = torch.softmax(-settings.SHARPNESS * regularised, 1)
    return Selection(base + weights @ offsets, smooth, regularised)


def _cheapest(costs: Tensor, offsets: Tensor, centre: Tensor, stiffness: float) -> Tensor:
    """The label (N,) of the least regularised cost of each keypoint."""
    rows = max(1, settings.VALUES // costs.shape[1])
    found: list[Tensor] = []
    for i in range(0, len(costs), rows):
        found.append(_regularised(costs[i : i + rows], offsets, centre[i : i + rows], stiffness).argmin(1))
    return torch.cat(found)


def _regularised(costs: Tensor, offsets: Tensor, centre: Tensor, stiffness: float) -> Tensor:
    """C(l) + s |l - c|^2 (N, L), offsets l (L, 3), centres c (N, 3), but for s |c|^2, which all labels share."""
    weights = torch.cat([-2 * stiffness * centre, centre.new_full((len(centre), 1), stiffness)], 1)
    labels = torch.cat([offsets, offsets.square().sum(1, keepdim=True)], 1)
    return torch.addmm(costs, weights, labels.T)


def smoothed(displacement: Tensor, neighbours: Tensor, closeness: Tensor) -> Tensor:
    """Mean (N, 3) over the graph neighbours, weighted by closeness and by agreement with their median."""
    around = displacement[neighbours]  # (N, K, 3)
    deviation = (around - around.median(1, keepdim=True).values).square().sum(2)
    weights = closeness / (1 + deviation / settings.OUTLIER_MM**2)
    return (weights[..., None] * around).sum(1) / weights.sum(1, keepdim=True)
