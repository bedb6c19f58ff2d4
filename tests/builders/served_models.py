"""Inputs of the served models that make sense at any size: two textures, keypoints in them, a field near zero."""

import torch
from torch import Tensor

from registration.correspondences.match import graph_of
from registration.field.finish import FinishSettings
from registration.keypoints.detect import Keypoints
from registration.sampling import gaussian_blur

STEP_MM = 2.0
Shape = tuple[int, int, int]


def texture(shape: Shape, seed: int) -> Tensor:
    smooth = gaussian_blur(torch.rand(1, *shape, generator=torch.Generator().manual_seed(seed)), 1.5)[0]
    return (smooth - smooth.min()) / (smooth.max() - smooth.min())


def pair_inputs(fixed: Shape, moving: Shape) -> list[Tensor]:
    lattices = torch.tensor([[[8.0, -12.0, 4.0], [STEP_MM] * 3], [[4.0, -16.0, 4.0], [STEP_MM] * 3]]).double()
    return [texture(fixed, 1), texture(moving, 1), lattices]


def match_inputs(source: Shape, target: Shape, count: int) -> list[Tensor]:
    """As `match_scan` takes them, with `count` keypoints."""
    graph = graph_of(_keypoints(source, count))
    return [*pair_inputs(source, target), graph.points, graph.response, graph.neighbours.int(), graph.distance]


def finish_inputs(fixed: Shape, moving: Shape, settings: FinishSettings | None = None) -> list[Tensor]:
    """As `finish_field` takes them."""
    nodes = [n // 2 + 1 for n in fixed]
    start = 0.5 * torch.randn(*nodes, 3, generator=torch.Generator().manual_seed(2))
    inside, compared = torch.ones(moving, dtype=torch.bool), torch.ones(fixed, dtype=torch.bool)
    inside[:2] = compared[:, :2] = False
    return [*pair_inputs(fixed, moving), inside, compared, start, torch.tensor(settings or FinishSettings()).double()]


def _keypoints(shape: Shape, count: int) -> Keypoints:
    random = torch.Generator().manual_seed(count)
    low, extent = torch.tensor([8.0, -12.0, 4.0]), STEP_MM * (torch.tensor(shape[::-1]) - 1.0)
    return Keypoints(low + extent * torch.rand(count, 3, generator=random), torch.rand(count, generator=random))
