"""A CT becomes the two surfaces along which organs slide: around the lungs, or at some depth below the skin."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from registration.geometry import Grid
from registration.sampling import ChannelMap
from registration.training.smooth import random_map
from registration.volume import Volume
from registration.working import lattice_around

STEP_MM = 4.0
AIR_HU = -600.0  # below: air or lung
SMALLEST_LUNG = 0.02  # of the body's voxels


def sliding_mask(volume: Volume, rng: np.random.Generator) -> ChannelMap:
    """What moves on its own, 1 inside and 0 outside: the lungs (where there are any, in half the draws) or the core."""
    corners = volume.grid.corners()
    grid = lattice_around(corners.min(0), corners.max(0), STEP_MM)
    image = ChannelMap(torch.from_numpy(volume.values)[..., None], volume.grid)
    hounsfield = image.at(torch.from_numpy(grid.voxel_points()).float())[..., 0].numpy()
    body = _body(hounsfield)
    lungs = _lungs(hounsfield, body)
    if lungs.sum() > SMALLEST_LUNG * body.sum() and rng.uniform() < 0.5:
        return _as_map(lungs, grid)
    return _as_map(_core(body, rng), grid)


def _body(hounsfield: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The patient without the table: the largest dense piece, its cavities filled slice by slice."""
    dense = ndimage.binary_opening(hounsfield > AIR_HU)
    dense = _largest(dense)
    return np.stack([ndimage.binary_fill_holes(slice_) for slice_ in ndimage.binary_closing(dense, iterations=2)])


def _lungs(hounsfield: NDArray[np.float32], body: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Air within the body in pieces of some size, vessels closed."""
    air = ndimage.binary_opening(body & (hounsfield < AIR_HU + 100))
    return np.asarray(ndimage.binary_closing(air, iterations=3) & body)


def _core(body: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """What lies deeper than 10 to 30 mm below the skin, the depth varying by some millimetres."""
    depth_mm = STEP_MM * ndimage.distance_transform_edt(body)
    wave = 4.0 * random_map(body.shape, 1, 10.0, rng)[..., 0]
    return np.asarray(depth_mm + wave > rng.uniform(10, 30))


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels, count = ndimage.label(mask)
    if count < 2:
        return mask
    return np.asarray(labels == 1 + np.argmax(np.bincount(labels.ravel())[1:]))


def _as_map(mask: NDArray[np.bool_], grid: Grid) -> ChannelMap:
    return ChannelMap(torch.from_numpy(mask.astype(np.float32))[..., None], grid)
