"""SIFT by OpenCV, slice by slice: extrema of differences of Gaussians over place and scale.

D. Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 60(2), 2004.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from registration.keypoints.detector import Candidates
from registration.keypoints.slicewise import slicewise_candidates

TOLERANCE = 0.01
"""Least contrast times the three layers of an octave; OpenCV's 0.04 is for photographs, soft tissue has less."""


class Sift:
    """Scale-invariant blobs of slices, their places to a fraction of a voxel."""

    name = "sift"

    def __init__(self) -> None:
        self._sift = cv2.SIFT.create(contrastThreshold=TOLERANCE, enable_precise_upscale=True)  # else 0.25 voxel off

    def candidates(self, image: Tensor, mask: Tensor, *, count: int) -> Candidates:
        """As `Detector` has it."""
        return slicewise_candidates(image, mask, self._points, count=count)

    def _points(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels (M, 2), column and row, and responses (M,) of a slice; SIFT takes 8 bits."""
        found = self._sift.detect((255 * image).round().byte().numpy(), None)
        rows = np.array([(*point.pt, point.response) for point in found], np.float32).reshape(-1, 3)
        return torch.from_numpy(rows[:, :2]), torch.from_numpy(rows[:, 2])
