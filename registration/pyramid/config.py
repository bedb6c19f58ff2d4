"""The paper's method as one value: its parts, sizes and searches, and what the ablations change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Search:
    """Labels of one scale: `radius` to each side, compared as patches of `patch_radius`, both in steps of its map.

    sharpness, stiffness: where the two numbers that this scale learns start: of the soft minimum, per squared distance
    of unit features; and of the agreement between neighbours, in that distance per squared step.
    """

    radius: int
    patch_radius: int
    sharpness: float = 200.0
    stiffness: float = 0.05


SEARCHES = (Search(2, 1, 30.0, 0.01), Search(3, 1), Search(3, 1), Search(2, 1), Search(1, 0))
"""By scale, fine to coarse. At 3 mm per voxel they reach 6, 18, 36, 48 and 48 mm. Coarse scales start sharp, lest they
move what they cannot see; the finest starts soft, so that it resolves less than a voxel.
"""


@dataclass(frozen=True)
class PyramidConfig:
    """Defaults are the paper's; only the encoder's size is left to the machine.

    encoder: a name of `features.encoder.CONFIGS`. reconstruction: matches become a field by the dual-stream kernel,
    by a thin-plate spline of `smoothing` mm, or by the sine network that needs no matches. streams: which of the
    kernel's two score its neighbours. proximity: 1 / (1 + |x - y|^2) in mm, or with a learned length and height.
    neighbours: K. keypoints: the cap that farthest-point sampling keeps. detector: a name that `detect_keypoints`
    knows. scales: strides 2^(scales - 1), ..., 2, 1. finest_stride: voxels per step of the field's finest lattices; 2
    for CPUs. protocol: a name of `pyramid.protocol.PROTOCOLS`. searches: fine to coarse, one for each scale.
    """

    encoder: Literal["paper", "small"] = "paper"
    reconstruction: Literal["kernel", "spline", "siren"] = "kernel"
    streams: Literal["both", "spatial", "features"] = "both"
    proximity: Literal["literal", "learned length"] = "literal"
    neighbours: int = 30
    smoothing: float = 1.0
    keypoints: int = 1024
    detector: str = "foerstner"
    scales: int = 5
    finest_stride: Literal[1, 2] = 1
    protocol: str = "nlst"
    searches: tuple[Search, ...] = SEARCHES

    def __post_init__(self) -> None:
        if not 1 <= self.scales <= len(self.searches):
            raise ValueError(f"between one and {len(self.searches)} scales, one search for each; got {self.scales}")

    @property
    def strides(self) -> tuple[int, ...]:
        """Voxels per step of the field's lattices, coarse to fine."""
        return tuple(max(1 << scale, self.finest_stride) for scale in reversed(range(self.scales)))
