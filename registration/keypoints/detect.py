"""Keypoints of the working volume: the strong points of a detector inside the body, thinned to cover it evenly."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.errors import MethodError
from registration.geometry import Grid
from registration.keypoints.detector import Detector
from registration.keypoints.named import detector_named
from registration.keypoints.names import DEFAULT_DETECTOR, MIN_KEYPOINTS
from registration.keypoints.neighbourhood import largest_around
from registration.keypoints.thinning import farthest_points

CANDIDATES_PER_KEYPOINT = 16
"""Strong points first: with 4 the strongest leave a liver's edge bare (phantom chest 1.58 against 1.00 mm)."""
BODY_LEVEL = 0.02
RIM_VOXELS = 2


@dataclass(frozen=True)
class Keypoints:
    """`points` (N, 3) LPS mm of one scan in the working frame, `response` (N,) of the detector."""

    points: Tensor
    response: Tensor


def detect_keypoints(
    image: Tensor, mask: Tensor, grid: Grid, *, count: int, detector: str | Detector = DEFAULT_DETECTOR
) -> Keypoints:
    """At most `count` keypoints of image (z, y, x) in [0, 1] inside mask (z, y, x), by a detector or the one so named.

    Raises MethodError `too-few-keypoints` below 30, and for a name what `detector_named` raises.
    """
    chosen = detector_named(detector) if isinstance(detector, str) else detector
    index, response = chosen.candidates(image, mask, count=CANDIDATES_PER_KEYPOINT * count)
    if len(index) < MIN_KEYPOINTS:
        raise MethodError(
            "too-few-keypoints",
            f"A scan shows {len(index)} distinct points in the body and its mask; each scan needs {MIN_KEYPOINTS}.",
            found=len(index),
        )
    index, response = _in_raster_order(index, response)
    points = torch.from_numpy(grid.index_to_mm(index.numpy())).float()
    kept = farthest_points(points, count, first=int(response.argmax()))
    return Keypoints(points[kept], response[kept])


def _in_raster_order(index: Tensor, response: Tensor) -> tuple[Tensor, Tensor]:
    """The same points by place: equal distances are then settled by place, not by the last bit of a response."""
    x, y, z = index.double().unbind(1)
    order = torch.argsort((z * (y.max() + 1) + y) * (x.max() + 1) + x, stable=True)
    return index[order], response[order]


def body_mask(image: Tensor, inside: Tensor) -> Tensor:
    """Where structure can be: brighter than air, dilated by 6 voxels, off the rim of the scan; (z, y, x) bool."""
    near = largest_around((image > BODY_LEVEL) & inside, 6)
    beyond = F.pad(~inside, (RIM_VOXELS,) * 6, value=True)
    core = (slice(RIM_VOXELS, -RIM_VOXELS),) * 3
    return near & ~largest_around(beyond, RIM_VOXELS)[core]
