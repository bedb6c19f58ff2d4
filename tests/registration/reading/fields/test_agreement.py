"""One oblique, anisotropic, left-handed field through every format: 1000 points arrive at the same places."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.ndimage import map_coordinates

from registration.geometry import Box, Grid
from registration.products.blocks import cropped
from registration.products.displacement_field import SUFFIXES, write_field
from registration.reading.fields import read_field
from tests.builders.fields import smooth_field
from tests.builders.grids import turned

FIXED = turned(Grid((48, 40, 30), (0.9, 1.3, 2.7), (-70.0, 33.0, 612.0)), (12.0, -20.0, 35.0), (1, -1, 1))
MOVING = turned(Grid((52, 44, 36), (0.8, 1.1, 2.5), (-75.0, 20.0, 644.0)), (-5.0, 8.0, 15.0), (-1, 1, 1))
BLOCK = Box((7, 5, 4), (40, 33, 22))
WITHIN_MM = 1e-3
ITK = ("mha", "nrrd", "nifti", "transform")


@pytest.fixture(scope="module")
def field():
    assert np.linalg.det(FIXED.axes) < 0
    return smooth_field(4, FIXED)


def points_in(grid, count=1000):
    return grid.index_to_mm(np.random.default_rng(1).uniform(0, np.array(grid.size) - 1, (count, 3)))


def through_itk(path, points):
    if path.suffix == ".h5":
        transform = sitk.ReadTransform(str(path))
    else:
        transform = sitk.DisplacementFieldTransform(sitk.ReadImage(str(path), sitk.sitkVectorFloat64))
    return np.array([transform.TransformPoint(p) for p in points.tolist()])


def through_numpy(path, points, fixed):
    """Learn2Reg by its definition: the vector at the fixed voxel, array axes, added to the voxel."""
    with np.load(path) as arrays:
        vectors = arrays["arr_0"]
    voxels = fixed.mm_to_index(points)
    moved = [map_coordinates(vectors[..., axis], voxels.T, order=1) for axis in range(3)]
    return MOVING.index_to_mm(voxels + np.transpose(moved))


def written(field, folder, format, offset=(0, 0, 0)):
    path = folder / f"field{SUFFIXES[format]}"
    write_field(field, path, format=format, moving_grid=MOVING, offset=offset)
    return path


@pytest.mark.parametrize("format", SUFFIXES)
def test_a_thousand_points_arrive_where_they_should_in_every_format(field, tmp_path, format):
    path, points = written(field, tmp_path, format), points_in(FIXED)
    wanted = field.map_points(points)
    read = read_field(path, FIXED, MOVING)
    other = through_itk(path, points) if format in ITK else through_numpy(path, points, FIXED)
    assert np.abs(read.field.map_points(points) - wanted).max() < WITHIN_MM
    assert np.abs(other - wanted).max() < WITHIN_MM
    assert read.covered_percent == 100
    assert read.format == format


@pytest.mark.parametrize("format", ITK)
def test_what_lies_on_the_fixed_grid_comes_back_bit_for_bit(field, tmp_path, format):
    read = read_field(written(field, tmp_path, format), FIXED, MOVING)
    assert np.array_equal(read.field.vectors_mm, field.vectors_mm)
    assert read.notes == ()


@pytest.mark.parametrize("format", ITK)
def test_a_block_says_the_same_where_it_lies(field, tmp_path, format):
    block = cropped(field, BLOCK)
    path, points = written(block, tmp_path, format, BLOCK.start), points_in(block.grid)
    wanted = field.map_points(points)
    read = read_field(path, FIXED, MOVING)
    assert np.abs(read.field.map_points(points) - wanted).max() < WITHIN_MM
    assert np.abs(through_itk(path, points) - wanted).max() < WITHIN_MM
    assert read.covered_percent == pytest.approx(100 * 33 * 28 * 18 / (48 * 40 * 30), rel=0.1)
    assert "beyond the field" in read.notes[-1]


def test_a_learn2reg_block_counts_from_the_whole_grid(field, tmp_path):
    block = cropped(field, BLOCK)
    path = written(block, tmp_path, "learn2reg", BLOCK.start)
    points = points_in(block.grid)
    with np.load(path) as arrays:
        vectors = arrays["arr_0"]
    local, whole = block.grid.mm_to_index(points), FIXED.mm_to_index(points)
    moved = np.transpose([map_coordinates(vectors[..., axis], local.T, order=1) for axis in range(3)])
    assert np.abs(MOVING.index_to_mm(whole + moved) - field.map_points(points)).max() < WITHIN_MM


def test_half_precision_is_said_and_as_bad_as_it_says(field, tmp_path):
    path, half = written(field, tmp_path, "learn2reg"), tmp_path / "half.npz"
    with np.load(path) as arrays:
        assert arrays["arr_0"].dtype == np.float32
        np.savez_compressed(half, arrays["arr_0"].astype(np.float16))
    read = read_field(half, FIXED, MOVING)
    error = np.abs(read.field.vectors_mm - field.vectors_mm).max()
    assert WITHIN_MM < error < 0.05
    assert "half precision" in read.notes[0]
