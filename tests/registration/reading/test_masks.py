"""A mask lies on its scan's voxels or is refused; how its axes are stored does not matter."""

import numpy as np
import pytest

from registration.errors import ScanError
from registration.geometry import Grid
from registration.reading import read_mask
from tests.builders.grids import odd_grids, turned
from tests.builders.images import write_image

GRID = Grid((14, 11, 9), (1.4, 0.9, 2.5), (-31.5, 12.25, -401.0))


def labels(grid: Grid) -> np.ndarray:
    mask = np.zeros(grid.shape, np.uint8)
    mask[2:5, 3:9, 1:6] = 1
    mask[5:7, 2:4, 8:12] = 3
    return mask


@pytest.mark.parametrize("suffix", [".nii.gz", ".mha", ".nrrd"])
@pytest.mark.parametrize("name", odd_grids(GRID))
def test_labels_keep_their_voxels(tmp_path, suffix, name):
    grid = odd_grids(GRID)[name]
    mask = read_mask(write_image(labels(grid), grid, tmp_path / f"mask{suffix}"), grid)
    assert mask.grid is grid
    assert np.array_equal(mask.values, labels(grid))


def test_axes_stored_in_another_order_and_direction(tmp_path):
    grid = turned(GRID, (12.0, -20.0, 35.0))
    last = np.asarray(grid.size) - 1
    axes = grid.axes[:, [2, 0, 1]] * (1, -1, 1)
    other = Grid((9, 14, 11), (2.5, 1.4, 0.9), tuple(grid.index_to_mm((last[0], 0, 0))), tuple(map(tuple, axes)))
    stored = labels(grid).transpose(1, 2, 0)[:, ::-1, :]
    mask = read_mask(write_image(stored.copy(), other, tmp_path / "mask.mha"), grid)
    assert np.array_equal(mask.values, labels(grid))


@pytest.mark.parametrize(
    "other",
    [
        Grid(GRID.size, GRID.spacing_mm, (-31.5, 12.25, -400.0)),
        Grid(GRID.size, (1.4, 0.9, 2.6), GRID.origin_mm),
        Grid((14, 11, 8), GRID.spacing_mm, GRID.origin_mm),
        turned(GRID, (0.0, 0.0, 1.0)),
    ],
)
def test_other_voxels_are_refused(tmp_path, other):
    with pytest.raises(ScanError) as caught:
        read_mask(write_image(labels(other), other, tmp_path / "mask.mha"), GRID)
    assert caught.value.code == "mask-grid-mismatch"
    assert "14 x 11 x 9" in caught.value.message


def test_a_mask_of_nothing_is_refused(tmp_path):
    with pytest.raises(ScanError) as caught:
        read_mask(write_image(np.zeros(GRID.shape, np.uint8), GRID, tmp_path / "mask.mha"), GRID)
    assert caught.value.code == "mask-empty"
