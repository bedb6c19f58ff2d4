"""DISK by kornia, slice by slice: a U-Net that was rewarded for points that match across views of one scene.

M. Tyszkiewicz, P. Fua and E. Trulls, "DISK: Learning local features with policy gradient", NeurIPS 2020. The weights
are not part of kernelreg.
"""

from __future__ import annotations

from pathlib import Path

import torch
from kornia.feature import DISK
from torch import Tensor
from torch.nn import functional as F

from registration.keypoints.detector import Candidates
from registration.keypoints.slicewise import slicewise_candidates
from registration.weights import fit_weights
from registration.weights.external import Published, load_external

TOLERANCE = 0.0
"""Least score, a logit: the network would rather keep the point than drop it."""
WINDOW = 5
"""Pixels within which a slice has one point."""
SMALLEST = 32
"""Pixels: what is smaller is filled up with zeros, for the network halves four times and then normalises."""

PUBLISHED = Published(
    name="disk",
    file="depth-save.pth",
    sha256="9c2ee4ded238892dfa51569941372601e35e4a74aa6f84ea80053d2ab1c07abe",
    terms="Apache License 2.0, M. Tyszkiewicz, P. Fua, E. Trulls",
    source="https://github.com/cvlab-epfl/disk/raw/master/depth-save.pth",
)


class Disk:
    """Points of slices that DISK scores above the tolerance; whole voxels."""

    name = "disk"

    def __init__(self, path: Path, *, sha256: str = PUBLISHED.sha256) -> None:
        """Raises MethodError `weights-missing`, `weights-invalid`."""
        loaded = load_external(PUBLISHED, path, sha256=sha256)
        self._network = DISK().eval()
        fit_weights(self._network, loaded.get("extractor", loaded), path.name)

    def candidates(self, image: Tensor, mask: Tensor, *, count: int) -> Candidates:
        """As `Detector` has it."""
        return slicewise_candidates(image, mask, self._points, count=count)

    @torch.no_grad()
    def _points(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels (M, 2), column and row, and scores (M,) of a slice, which DISK sees as a grey RGB picture."""
        height, width = image.shape
        filled = F.pad(image, (0, max(0, SMALLEST - width), 0, max(0, SMALLEST - height))).expand(1, 3, -1, -1)
        found = self._network(filled, window_size=WINDOW, score_threshold=TOLERANCE, pad_if_not_divisible=True)[0]
        inside = (found.keypoints < torch.tensor([width, height])).all(1)
        return found.keypoints[inside], found.detection_scores[inside]
