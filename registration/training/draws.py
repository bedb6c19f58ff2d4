"""A scene becomes what one step sees: a crop, worse scanners, keypoints on the fixed image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from registration.errors import MethodError
from registration.geometry import Grid
from registration.keypoints.detect import body_mask, detect_keypoints
from registration.pyramid.lattice import LatticeMap
from registration.training.augmentation import augmented
from registration.training.scene import Landmarks, Scene

ATTEMPTS = 20
"""Crops that are tried before a scene counts as empty: most of a scan is air."""


@dataclass(frozen=True)
class Look:
    """How scenes are looked at. crop: largest (x, y, z) voxels; keypoints: at most so many, found by `detector`.

    noise, blur_voxels: limits of the augmentation.
    """

    crop: tuple[int, int, int] | None
    keypoints: int
    detector: str
    noise: float = 0.0
    blur_voxels: float = 0.0


@dataclass(frozen=True)
class Draw:
    """What the network gets, and what its field is compared with, all on one device in the frame of the scene.

    Maps are (1, C, D, H, W). points: keypoints (N, 3) mm. moving_inside and known hold 0 and 1.
    """

    fixed: LatticeMap
    moving: LatticeMap
    moving_inside: LatticeMap
    points: Tensor
    labels: tuple[LatticeMap, LatticeMap] | None
    landmarks: Landmarks | None
    truth: LatticeMap | None
    known: LatticeMap | None


def random_draw(scene: Scene, look: Look, rng: np.random.Generator, device: torch.device) -> Draw:
    """A crop at random, among those where the fixed scan shows enough keypoints.

    Raises MethodError `too-few-keypoints` when none of twenty does.
    """
    for _ in range(ATTEMPTS):
        crop = _random_crop(scene, look.crop, rng)
        try:
            points = _keypoints(crop, look)
        except MethodError as error:
            if error.code != "too-few-keypoints":
                raise
            continue
        return _draw(crop, points, look, rng, device)
    raise MethodError("too-few-keypoints", f"None of {ATTEMPTS} crops of {look.crop} voxels shows enough structure.")


def _random_crop(scene: Scene, crop: tuple[int, int, int] | None, rng: np.random.Generator) -> Scene:
    if crop is None:
        return scene
    sx, sy, sz = (min(n, limit) for n, limit in zip(scene.size, crop, strict=True))
    x, y, z = (int(rng.integers(0, n - m + 1)) for n, m in zip(scene.size, (sx, sy, sz), strict=True))
    return scene.cropped((x, y, z), (sx, sy, sz))


def _keypoints(scene: Scene, look: Look) -> Tensor:
    """Keypoints (N, 3) mm in the body of the fixed image, thinned to the cap by farthest-point sampling."""
    grid = Grid(scene.size, scene.spacing_mm)
    mask = body_mask(scene.fixed, torch.ones_like(scene.fixed, dtype=torch.bool))
    return detect_keypoints(scene.fixed, mask, grid, count=look.keypoints, detector=look.detector).points


def _draw(scene: Scene, points: Tensor, look: Look, rng: np.random.Generator, device: torch.device) -> Draw:
    step_mm = torch.tensor(scene.spacing_mm, device=device)

    def lattice(values: Tensor) -> LatticeMap:
        return LatticeMap(values.reshape(1, -1, *scene.fixed.shape).to(device, torch.float32), step_mm)

    fixed, moving = (
        augmented(image, rng, noise=look.noise, blur_voxels=look.blur_voxels) for image in (scene.fixed, scene.moving)
    )
    landmarks = scene.landmarks
    return Draw(
        lattice(fixed),
        lattice(moving),
        lattice(scene.moving_inside),
        points.to(device),
        labels=None if scene.labels is None else (lattice(scene.labels[0]), lattice(scene.labels[1])),
        landmarks=None if landmarks is None else (landmarks[0].to(device), landmarks[1].to(device)),
        truth=None if scene.truth is None else lattice(scene.truth),
        known=None if scene.known is None else lattice(scene.known),
    )
