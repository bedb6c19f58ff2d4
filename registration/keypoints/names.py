"""What a person chooses about keypoints: the names of the detectors and how many points, without loading any."""

from __future__ import annotations

from typing import Literal, TypeGuard, get_args

from registration.errors import MethodError

DetectorName = Literal["foerstner", "sift", "disk", "superpoint"]
DETECTORS: tuple[str, ...] = get_args(DetectorName)
DEFAULT_DETECTOR: DetectorName = "foerstner"
MIN_KEYPOINTS, MAX_KEYPOINTS = 30, 4096
"""Of each scan: fewer cannot be registered, more gain nothing and cost memory."""


def require_detector(name: str) -> DetectorName:
    """The name again. Raises MethodError `detector-unknown` when no detector has it."""
    if not _is_detector(name):
        raise MethodError(
            "detector-unknown", f"No keypoint detector is called {name!r}; there are {', '.join(DETECTORS)}."
        )
    return name


def _is_detector(name: str) -> TypeGuard[DetectorName]:
    return name in DETECTORS
