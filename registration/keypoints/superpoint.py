"""SuperPoint, slice by slice: a network taught with corners of drawn shapes, then with its own points seen askew.

D. DeTone, T. Malisiewicz and A. Rabinovich, "SuperPoint: Self-supervised interest point detection and description",
CVPR Workshops 2018. The weights are not part of kernelreg; their terms allow non-commercial research only.
"""

from __future__ import annotations

from pathlib import Path

import torch
from kornia.geometry.subpix import nms2d
from torch import Tensor

from registration.keypoints.detector import Candidates
from registration.keypoints.slicewise import slicewise_candidates
from registration.keypoints.superpoint_network import SuperPointNetwork
from registration.weights import fit_weights
from registration.weights.external import Published, load_external

TOLERANCE = 0.005
"""Least probability of an interest point."""
WINDOW = 5
"""Pixels within which a slice has one point."""
DESCRIPTOR = "convD"
"""How the names of the layers begin that describe points; finding them needs none."""

PUBLISHED = Published(
    name="superpoint",
    file="superpoint_v1.pth",
    sha256="52b6708629640ca883673b5d5c097c4ddad37d8048b33f09c8ca0d69db12c40e",
    terms="Magic Leap, Inc.: academic or non-profit, non-commercial research use only; read the licence there first",
    source="https://github.com/magicleap/SuperPointPretrainedNetwork",
)


class SuperPoint:
    """Points of slices that SuperPoint gives more than the tolerance; whole voxels."""

    name = "superpoint"

    def __init__(self, path: Path, *, sha256: str = PUBLISHED.sha256) -> None:
        """Raises MethodError `weights-missing`, `weights-invalid`."""
        loaded = load_external(PUBLISHED, path, sha256=sha256)
        self._network = SuperPointNetwork().eval()
        fit_weights(self._network, {k: v for k, v in loaded.items() if not k.startswith(DESCRIPTOR)}, path.name)

    def candidates(self, image: Tensor, mask: Tensor, *, count: int) -> Candidates:
        """As `Detector` has it."""
        return slicewise_candidates(image, mask, self._points, count=count)

    @torch.no_grad()
    def _points(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels (M, 2), column and row, and probabilities (M,) of a slice: its maxima above the tolerance."""
        probability = self._network(image[None, None])
        peaks = nms2d(probability, (WINDOW, WINDOW), mask_only=True) & (probability > TOLERANCE)
        return torch.nonzero(peaks[0, 0]).flip(1), probability[peaks]
