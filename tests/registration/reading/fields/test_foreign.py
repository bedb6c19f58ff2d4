"""Fields as other tools write them: what their vectors mean, transforms composed, other grids, other directions."""

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from registration.errors import FieldError
from registration.field.displacement import DisplacementField
from registration.field.inverse import inverse_points
from registration.geometry import Grid
from registration.products.itk import as_itk_vectors
from registration.products.nifti import affine_ras
from registration.reading.fields import holds_field, read_field
from tests.builders.fields import smooth_field
from tests.builders.grids import turned

FIXED = turned(Grid((30, 26, 22), (1.4, 1.9, 2.7), (-70.0, 33.0, 612.0)), (12.0, -20.0, 35.0), (1, -1, 1))
MOVING = Grid((90, 80, 60), (1.5, 1.5, 2.5), (-130.0, -30.0, 590.0))
COARSE = turned(Grid((70, 56, 46), (3.0, 3.1, 4.0), (-160.0, -50.0, 550.0)), (3.0, 5.0, -4.0))
AFFINE = sitk.AffineTransform([1.02, 0.03, 0, -0.02, 0.98, 0.01, 0, 0.02, 1.01], [3.0, -4.0, 12.0], [-50, 60, 640])


def voxels():
    return FIXED.voxel_points().reshape(-1, 3)


def image_of(field):
    return as_itk_vectors(field, np.float64)


def refused(path, code):
    with pytest.raises(FieldError) as raised:
        read_field(path, FIXED, MOVING)
    assert raised.value.code == code
    assert path.name in raised.value.message or code in ("field-grid-mismatch", "field-values-invalid")
    return raised.value.message


def test_itk_and_ants_leave_the_components_in_lps(tmp_path):
    field = smooth_field(2, FIXED)
    sitk.WriteImage(as_itk_vectors(field, np.float32), str(tmp_path / "1Warp.nii.gz"))
    read = read_field(tmp_path / "1Warp.nii.gz", FIXED, MOVING)
    assert np.allclose(read.field.vectors_mm, field.vectors_mm, atol=1e-5)
    assert "1007" in read.notes[0]


@pytest.mark.parametrize(("code", "name"), [(0, ""), (2006, ""), (1007, "NREG_TRANS")])
def test_a_nifti_whose_vectors_may_mean_anything_is_refused(tmp_path, code, name):
    image = nibabel.Nifti1Image(np.zeros((*FIXED.size, 1, 3), np.float32), affine_ras(FIXED))
    image.header["intent_code"], image.header["intent_name"] = code, name.encode()
    nibabel.save(image, tmp_path / "warp.nii.gz")
    assert holds_field(tmp_path / "warp.nii.gz")
    assert "1006" in refused(tmp_path / "warp.nii.gz", "field-unreadable")


def test_a_field_of_another_grid_is_resampled_as_a_reader_would_read_it(tmp_path):
    field = smooth_field(3, COARSE)
    sitk.WriteImage(as_itk_vectors(field, np.float32), str(tmp_path / "coarse.mha"))
    read = read_field(tmp_path / "coarse.mha", FIXED, MOVING)
    assert np.abs(read.field.map_points(voxels()) - field.map_points(voxels())).max() < 1e-3
    assert "resampled onto the fixed grid from (70, 56, 46) voxels of 3 x 3.1 x 4 mm" in read.notes[0]
    assert read.covered_percent == 100
    assert 0 < read.arriving_percent <= 100


def test_slicers_modeling_field_is_turned_round(tmp_path):
    field = smooth_field(5, COARSE)
    back = DisplacementField(-field.vectors_mm, Grid(COARSE.size, COARSE.spacing_mm, MOVING.origin_mm))
    image = as_itk_vectors(back, np.float32)
    image.SetMetaData("displacement field type", "modeling")
    sitk.WriteImage(image, str(tmp_path / "modeling.nrrd"))
    read = read_field(tmp_path / "modeling.nrrd", FIXED, MOVING)
    found = inverse_points(back, voxels())
    assert found.converged.mean() > 0.9
    moved = read.field.map_points(voxels())[found.converged]
    assert np.abs(back.map_points(moved) - voxels()[found.converged]).max() < 1e-3
    assert "inverted" in read.notes[0]


@pytest.mark.parametrize(
    "transforms",
    [
        [sitk.DisplacementFieldTransform(image_of(smooth_field(6, COARSE))), AFFINE],
        [AFFINE, sitk.DisplacementFieldTransform(image_of(smooth_field(6, COARSE)))],
        [sitk.DisplacementFieldTransform(image_of(smooth_field(s, COARSE))) for s in (6, 7)],
        [sitk.Euler3DTransform((0, 60, 640), 0.05, -0.03, 0.1, (4, 5, 6)), sitk.TranslationTransform(3, (1, 2, 3))],
    ],
    ids=["field then affine", "affine then field", "two fields", "rigid"],
)
def test_composites_are_flattened_in_itks_order(tmp_path, transforms):
    composite = sitk.CompositeTransform(transforms)
    sitk.WriteTransform(composite, str(tmp_path / "composite.h5"))
    read = read_field(tmp_path / "composite.h5", FIXED, MOVING)
    wanted = np.array([composite.TransformPoint(p) for p in voxels().tolist()])
    assert np.abs(read.field.map_points(voxels()) - wanted).max() < 1e-3
    assert read.covered_percent == 100
    assert "2 transforms" in " ".join(read.notes)


def test_outside_a_field_its_border_continues_and_the_notes_say_so(tmp_path):
    small = Grid((10, 12, 12), FIXED.spacing_mm, FIXED.origin_mm, FIXED.direction)
    field = DisplacementField(np.full((*small.shape, 3), [2.0, -3.0, 11.0], np.float32), small)
    sitk.WriteImage(as_itk_vectors(field, np.float32), str(tmp_path / "small.mha"))
    read = read_field(tmp_path / "small.mha", FIXED, MOVING)
    assert (read.field.vectors_mm == [2.0, -3.0, 11.0]).all()
    assert read.covered_percent == pytest.approx(100 * 1440 / (30 * 26 * 22))
    assert "91.6 % of the fixed scan" in read.notes[-1]


@pytest.mark.parametrize(
    ("vectors", "grid", "code"),
    [
        (np.nan, FIXED, "field-values-invalid"),
        (2e4, FIXED, "field-values-invalid"),
        (900.0, FIXED, "field-grid-mismatch"),
        (0.0, Grid((9, 9, 9), (2, 2, 2), (5000.0, 0, 0)), "field-grid-mismatch"),
    ],
    ids=["not a number", "too far", "misses the moving scan", "lies elsewhere"],
)
def test_fields_that_cannot_be_between_these_scans_are_refused(tmp_path, vectors, grid, code):
    field = DisplacementField(np.full((*grid.shape, 3), vectors, np.float32), grid)
    sitk.WriteImage(as_itk_vectors(field, np.float32), str(tmp_path / "field.mha"))
    refused(tmp_path / "field.mha", code)


def test_a_learn2reg_field_of_another_size_is_refused_with_both(tmp_path):
    np.savez(tmp_path / "disp.npz", np.zeros((10, 11, 12, 3), np.float16))
    message = refused(tmp_path / "disp.npz", "field-grid-mismatch")
    assert "(10, 11, 12)" in message
    assert "(30, 26, 22)" in message
