"""A name becomes a detector; what only that detector needs (OpenCV, kornia, weights) is loaded here, nowhere else."""

from __future__ import annotations

from registration.errors import MethodError
from registration.keypoints.detector import Detector
from registration.keypoints.foerstner import Foerstner
from registration.keypoints.names import DetectorName, require_detector
from registration.weights.external import WeightsFolder, weights_folder


def detector_named(name: str, weights: WeightsFolder | None = None) -> Detector:
    """The detector of this name, ready. `weights`: where DISK and SuperPoint find theirs; None is the usual folder.

    Raises MethodError `detector-unknown`, `detector-not-installed`, `weights-missing`, `weights-invalid`.
    """
    known = require_detector(name)
    if known == "foerstner":
        return Foerstner()
    try:
        return _loaded(known, weights or weights_folder({}))
    except ModuleNotFoundError as error:
        message = f"The detector {name!r} needs the package {error.name}: pip install 'kernelreg[detectors]'."
        raise MethodError("detector-not-installed", message) from error


def _loaded(name: DetectorName, weights: WeightsFolder) -> Detector:
    if name == "sift":
        from registration.keypoints.sift import Sift

        return Sift()
    if name == "disk":
        from registration.keypoints import disk

        return disk.Disk(weights.file(disk.PUBLISHED), sha256=weights.sha256_of(disk.PUBLISHED))
    from registration.keypoints import superpoint

    return superpoint.SuperPoint(weights.file(superpoint.PUBLISHED), sha256=weights.sha256_of(superpoint.PUBLISHED))
