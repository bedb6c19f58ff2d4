"""Every format says the same field: ITK, nibabel and numpy read back what was written, on a rotated, flipped grid."""

import gzip

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from registration.geometry import Box, Grid
from registration.products.blocks import cropped
from registration.products.displacement_field import SUFFIXES, learn2reg_vectors, write_field
from tests.builders.fields import smooth_field

IN_MM = ["mha", "nrrd", "nifti"]


@pytest.fixture
def field():
    return smooth_field(4)


def written(field, tmp_path, format, **more):
    path = tmp_path / f"field{SUFFIXES[format]}"
    write_field(field, path, format=format, **more)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    return path


@pytest.mark.parametrize("format", IN_MM)
def test_itk_reads_the_same_vectors_on_the_same_grid(field, tmp_path, format):
    image = sitk.ReadImage(str(written(field, tmp_path, format)))
    assert np.array_equal(sitk.GetArrayFromImage(image), field.vectors_mm)
    direction = tuple(map(tuple, np.reshape(image.GetDirection(), (3, 3)).tolist()))
    read = Grid(image.GetSize(), image.GetSpacing(), image.GetOrigin(), direction)
    assert read.same_place(field.grid, tolerance_mm=1e-3)


@pytest.mark.parametrize("format", IN_MM)
def test_headers_say_the_direction_and_research_use_only(field, tmp_path, format):
    raw = written(field, tmp_path, format).read_bytes()
    header = (gzip.decompress(raw) if format == "nifti" else raw)[:2000]
    assert b"fixed->moving" in header
    assert b"research use only" in header


@pytest.mark.parametrize("format", [*IN_MM, "transform"])
def test_itk_moves_points_as_we_do(field, tmp_path, format):
    path = str(written(field, tmp_path, format))
    points = field.grid.index_to_mm(np.random.default_rng(0).uniform(0, np.array(field.grid.size) - 1, (50, 3)))
    transform = (
        sitk.ReadTransform(path)
        if format == "transform"
        else sitk.DisplacementFieldTransform(sitk.ReadImage(path, sitk.sitkVectorFloat64))
    )
    moved = [transform.TransformPoint(p) for p in points.tolist()]
    assert np.abs(moved - field.map_points(points)).max() < 1e-3


def test_nifti_is_five_dimensional_in_ras_with_the_displacement_intent(field, tmp_path):
    image = nibabel.load(written(field, tmp_path, "nifti"))
    assert image.shape == (*field.grid.size, 1, 3)
    assert image.header["intent_code"] == 1006
    assert image.header.get_xyzt_units()[0] == "mm"
    assert np.allclose(
        image.affine @ [0, 0, 0, 1], [-field.grid.origin_mm[0], -field.grid.origin_mm[1], field.grid.origin_mm[2], 1]
    )
    assert np.array_equal(np.asarray(image.dataobj)[3, 4, 5, 0], field.vectors_mm[5, 4, 3] * [-1, -1, 1])


def test_learn2reg_adds_to_the_fixed_voxel_to_give_the_moving_voxel(field, tmp_path):
    moving = Grid((30, 31, 32), (1.5, 0.7, 2.0), (3.0, -9.0, 40.0))
    with np.load(written(field, tmp_path, "learn2reg", moving_grid=moving)) as arrays:
        (vectors,) = arrays.values()
    assert vectors.shape == (*field.grid.size, 3)
    voxel = np.array([7, 20, 11])
    there = moving.index_to_mm(voxel + vectors[tuple(voxel)])
    assert there == pytest.approx(field.map_points(field.grid.index_to_mm([voxel]))[0], abs=1e-3)


def test_a_block_places_itself(field, tmp_path):
    box = Box((5, 6, 7), (15, 20, 12))
    block = cropped(field, box)
    image = sitk.ReadImage(str(written(block, tmp_path, "mha")))
    assert np.array_equal(sitk.GetArrayFromImage(image), field.vectors_mm[box.slices])
    assert image.TransformIndexToPhysicalPoint((0, 0, 0)) == pytest.approx(field.grid.index_to_mm(box.start), abs=1e-9)
    whole = learn2reg_vectors(field, field.grid)
    part = learn2reg_vectors(block, field.grid, offset=box.start)
    assert np.allclose(part, whole[5:15, 6:20, 7:12], atol=1e-4)


def test_a_wrong_name_or_a_missing_grid_writes_nothing(field, tmp_path):
    with pytest.raises(ValueError, match=r"\.mha"):
        write_field(field, tmp_path / "field.nrrd", format="mha")
    with pytest.raises(ValueError, match="moving_grid"):
        write_field(field, tmp_path / "field.npz", format="learn2reg")
    assert not list(tmp_path.iterdir())
