"""The contract of all keypoint detectors: an image and where to look become candidate points and their strengths."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from torch import Tensor


class Candidates(NamedTuple):
    """`voxels` (M, 3) indices in (x, y, z) order, whole or fractional; `response` (M,) > 0, larger is more distinct.

    Responses of one detector compare within one image, those of two detectors do not compare.
    """

    voxels: Tensor
    response: Tensor


class Detector(Protocol):
    """One way to find keypoints. `name` is what results call it by."""

    name: str

    def candidates(self, image: Tensor, mask: Tensor, *, count: int) -> Candidates:
        """At most `count` of the strongest points of image (z, y, x) in [0, 1], each inside mask (z, y, x) bool."""
