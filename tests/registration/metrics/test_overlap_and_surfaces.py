"""Dice, ASSD and HD95: by hand on single voxels, against brute force and the package whose definition it is."""

import warnings

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from registration.metrics.overlap import dice, labels_in
from registration.metrics.surfaces import average_symmetric_mm, hausdorff_mm, surface_distances
from registration.metrics.undefined import UndefinedError

ANISOTROPIC = (2.0, 1.0, 3.5)


def box(shape, low, high):
    mask = np.zeros(shape, bool)
    mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = True
    return mask


def blobs(seed):
    """Two ragged masks that touch the border of the array."""
    rng = np.random.default_rng(seed)
    return [gaussian_filter(rng.normal(size=(9, 14, 12)), 2) > 0 for _ in range(2)]


def test_dice_by_hand():
    one, other = box((4, 4, 4), (0, 0, 0), (2, 2, 2)), box((4, 4, 4), (0, 0, 1), (2, 2, 4))
    assert dice(one, other) == 2 * 4 / (8 + 12)
    assert dice(one, one) == 1.0
    with pytest.raises(UndefinedError, match="both are empty"):
        dice(one & ~one, one & ~one)


def test_labels_are_those_of_every_map_without_background():
    assert labels_in(np.array([0.0, 3.0]), np.array([1.0, 3.0, 7.0])) == (1, 3, 7)


def test_a_voxel_and_its_neighbour():
    """Four of the eight corners coincide, four are one voxel (2 mm along x) away; all have the same area."""
    there, back = surface_distances(
        box((3, 3, 4), (1, 1, 1), (2, 2, 2)), box((3, 3, 4), (1, 1, 2), (2, 2, 3)), (2, 1, 1)
    )
    assert there.distance_mm.tolist() == back.distance_mm.tolist() == [0.0] * 4 + [2.0] * 4
    assert average_symmetric_mm(there, back) == pytest.approx(1.0)
    assert hausdorff_mm(there, back) == 2.0
    assert there.percentile(40.0) == 0.0


@pytest.mark.parametrize(("axis", "expected"), [(0, 3 * 3.5), (1, 3 * 1.0), (2, 3 * 2.0)])
def test_a_shift_of_three_voxels_is_three_spacings(axis, expected):
    low = np.array((2, 2, 2))
    shifted = low + 3 * np.eye(3, dtype=int)[axis]
    surfaces = surface_distances(box((12, 12, 12), low, low + 6), box((12, 12, 12), shifted, shifted + 6), ANISOTROPIC)
    assert hausdorff_mm(*surfaces) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_distances_are_the_exact_ones_between_all_corners(seed):
    masks = blobs(seed)
    surfaces = surface_distances(*masks, ANISOTROPIC)
    corners = [_corners(mask) * ANISOTROPIC[::-1] for mask in masks]
    for (own, other), found in zip((corners, corners[::-1]), surfaces, strict=True):
        assert found.distance_mm == pytest.approx(np.sort(cKDTree(other).query(own)[0]))


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), ANISOTROPIC])
def test_figures_are_those_of_the_package(spacing):
    masks = blobs(5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its names of scipy's modules
        from surface_distance import (
            compute_average_surface_distance,
            compute_robust_hausdorff,
            compute_surface_distances,
        )

        theirs = compute_surface_distances(*masks, spacing[::-1])
    there, back = surface_distances(*masks, spacing)
    means = [float(d.distance_mm @ d.area_mm2 / d.area_mm2.sum()) for d in (there, back)]
    assert means == pytest.approx(compute_average_surface_distance(theirs))
    for percent in (50.0, 95.0):
        assert hausdorff_mm(there, back, percent) == pytest.approx(compute_robust_hausdorff(theirs, percent))


def test_an_empty_mask_has_no_surface():
    some = box((3, 3, 3), (1, 1, 1), (2, 2, 2))
    with pytest.raises(UndefinedError, match="empty"):
        surface_distances(some, some & ~some, (1, 1, 1))


def _corners(mask):
    """Corners of voxels where the eight around are not all alike."""
    padded = np.pad(mask, 1)
    around = np.stack(
        [padded[i : i + mask.shape[0] + 1, j : j + mask.shape[1] + 1, k : k + mask.shape[2] + 1]
         for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    )  # fmt: skip
    return np.argwhere(around.any(0) & ~around.all(0))
