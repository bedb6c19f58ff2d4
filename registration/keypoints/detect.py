"""Keypoints of the working volume: strong Förstner points inside the body, thinned to cover it evenly."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.errors import MethodError
from registration.geometry import Grid
from registration.keypoints.foerstner import foerstner_points
from registration.keypoints.thinning import farthest_points

CANDIDATES_PER_KEYPOINT = 4
MIN_KEYPOINTS = 30
BODY_LEVEL = 0.02
RIM_VOXELS = 2


@dataclass(frozen=True)
class Keypoints:
    """`points` (N, 3) LPS mm on the fixed scan, `response` (N,) of the detector."""

    points: Tensor
    response: Tensor


def detect_keypoints(image: Tensor, mask: Tensor, grid: Grid, *, count: int) -> Keypoints:
    """At most `count` keypoints of image (z, y, x) in [0, 1] inside mask (z, y, x).

    Raises MethodError `too-few-keypoints` below 30.
    """
    index, response = foerstner_points(image, mask, count=CANDIDATES_PER_KEYPOINT * count)
    if len(index) < MIN_KEYPOINTS:
        raise MethodError(
            "too-few-keypoints", f"The fixed scan shows {len(index)} distinct points inside its mask; {MIN_KEYPOINTS} are needed.", found=len(index)
        )
    points = torch.from_numpy(grid.index_to_mm(index.numpy())).float()
    kept = farthest_points(points, count)
    return Keypoints(points[kept], response[kept])


def body_mask(image: Tensor, inside: Tensor) -> Tensor:
    """Where structure can be: brighter than air, dilated by 6 voxels, off the rim of the scan; (z, y, x) bool."""
    bright = ((image > BODY_LEVEL) & inside).float()
    near = F.max_pool3d(bright[None], 13, stride=1, padding=6)[0] > 0
    outside = F.pad((~inside).float()[None], (1,) * 6, value=1.0)
    off_rim = F.max_pool3d(outside, 2 * RIM_VOXELS + 1, stride=1, padding=RIM_VOXELS)[0][1:-1, 1:-1, 1:-1] == 0
    return near & off_rim
