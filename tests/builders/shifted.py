"""Two small scans whose tissue moved by a known shift, and a method that finds nothing but the shift of their grids."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scipy.ndimage import gaussian_filter

from registration.confidence.bounds import ErrorBounds
from registration.errors import MethodError
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.matches import Matches
from registration.result import ModelIdentity, Registration
from registration.volume import Volume

SIZE, SPACING = (24, 22, 20), (3.0, 3.0, 4.0)
SHIFT = np.array([6.0, -9.0, 12.0])
FIXED = Grid(SIZE, SPACING, (-40.0, 10.0, 300.0))
MOVING = Grid(SIZE, SPACING, (-34.0, 1.0, 312.0))


def texture(seed: int = 0) -> np.ndarray:
    """Smooth structure (z, y, x) in a range like Hounsfield units, whole numbers."""
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=FIXED.shape), 1.5)
    return np.rint(600 * noise / np.abs(noise).max() - 300).astype(np.int16)


def image_bytes(grid: Grid, folder: Path, *, seed: int = 0, suffix: str = ".mha") -> bytes:
    """The texture on a grid as a file of any format that ITK writes."""
    image = sitk.GetImageFromArray(texture(seed))
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin(grid.origin_mm)
    image.SetDirection(grid.axes.ravel().tolist())
    path = folder / f"image{suffix}"
    sitk.WriteImage(image, str(path))
    return path.read_bytes()


def shift_method(
    fixed: Volume,
    moving: Volume,
    *,
    preset: str,
    fixed_mask: Volume | None,
    moving_mask: Volume | None,
    detector: str,
    max_keypoints: int | None,
    finish: bool,
    progress: Callable[[str, float], None],
) -> Registration:
    """The registration of scans that differ by where their grids lie, in milliseconds; the contract of the real one."""
    if fixed.grid.size != moving.grid.size:
        raise MethodError("scans-do-not-overlap", "The two scans show no common region.")
    progress("matching", 0.5)
    shift = np.subtract(moving.grid.origin_mm, fixed.grid.origin_mm)
    vectors = np.broadcast_to(np.float32(shift), (*fixed.grid.shape, 3)).copy()
    count = max_keypoints or 50
    points = fixed.grid.index_to_mm(np.random.default_rng(0).uniform(0, np.array(SIZE) - 1, (count, 3)))
    points, ones = points.astype(np.float32), np.ones(count, np.float32)
    matches = Matches(points, points + np.float32(shift), ones, np.zeros((count, 0), np.float32))
    matrix = np.eye(4)
    matrix[:3, 3] = shift
    full, bounds = np.ones(fixed.grid.shape, np.float32), ErrorBounds((0.9,), (1.0,), ((2.0,),))
    identity = ModelIdentity("shift", "1", "")
    qa = {"folds": 0, "masked": fixed_mask is not None, "keypoints": count, "detector": detector, "finish": finish}
    field = DisplacementField(vectors, fixed.grid)
    return Registration(field, full, full, bounds, matches, matrix, identity, qa, {"matching": 0.001}, preset)
