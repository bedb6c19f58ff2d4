"""Labels are weighed, not rounded: as each label's mask interpolated alone, and closer to the truth than nearest."""

import numpy as np
import pytest
import SimpleITK as sitk

from registration.errors import ScanError
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.phantom import make_phantom
from registration.products.itk import as_itk, as_itk_vectors
from registration.products.labels import LabelPuller
from registration.products.warping import warp
from registration.volume import Volume
from tests.builders.fields import odd_grid, smooth_field

PHANTOM = Grid((70, 60, 36), (4.0, 4.0, 6.0), (-140.0, -120.0, -110.0))


def centred(grid, shift, other):
    """`other` moved so that its middle lies where the middle of `grid` goes."""
    offset = grid.corners().mean(0) + shift - other.corners().mean(0)
    return Grid(other.size, other.spacing_mm, tuple((np.array(other.origin_mm) + offset).tolist()), other.direction)


@pytest.fixture
def case():
    """Blocks of 60 labels on an odd grid, and a field that partly leaves it."""
    field = smooth_field(3)
    shift = field.vectors_mm.mean((0, 1, 2))
    grid = centred(field.grid, shift, odd_grid(9, (40, 36, 28)))
    z, y, x = np.indices(grid.shape)
    return Volume(np.float32(1 + z // 7 * 15 + y // 12 * 5 + x // 9), grid), field


def linear_by_itk(labels, field):
    image = sitk.Cast(as_itk(labels), sitk.sitkUInt16)
    vectors = as_itk_vectors(field, np.float64)
    reference = sitk.Image(list(field.grid.size), sitk.sitkUInt8)
    reference.CopyInformation(vectors)
    way = sitk.DisplacementFieldTransform(vectors)
    return sitk.GetArrayFromImage(sitk.Resample(image, reference, way, sitk.sitkLabelLinear, 0, sitk.sitkUInt16))


def test_the_result_is_that_of_one_linear_mask_per_label(case):
    labels, field = case
    found = LabelPuller(labels).through(field)
    expected = linear_by_itk(labels, field)
    assert 0.1 < (found > 0).mean() < 0.95
    assert len(np.unique(found)) > 40
    assert (found == expected).mean() > 0.9999  # the rest are ties


def test_slab_by_slab_is_at_once(case, monkeypatch):
    labels, field = case
    whole = LabelPuller(labels).through(field)
    monkeypatch.setattr("registration.products.blocks.SLAB_VOXELS", 1)
    assert np.array_equal(LabelPuller(labels).through(field), whole)


def test_organs_come_closer_to_the_truth_than_by_the_nearest_voxel():
    pair = make_phantom("abdomen", seed=1, grid=PHANTOM)
    names = ("lung", "liver", "tumour")
    moving, fixed = (_label_map(masks, names) for masks in (pair.moving_masks, pair.fixed_masks))
    grid = pair.fixed.grid
    truth = pair.field(grid.voxel_points().reshape(-1, 3)).reshape(*grid.shape, 3)
    field = DisplacementField(np.float32(truth), grid)
    weighed = LabelPuller(moving).through(field)
    nearest = warp(moving, field, interpolation="nearest").values
    for label in (1, 2, 3):
        assert _dice(weighed == label, fixed.values == label) >= _dice(nearest == label, fixed.values == label)
    assert _dice(weighed == 2, fixed.values == 2) > 0.95


@pytest.mark.parametrize("bad", [0.5, -1.0, 70000.0])
def test_what_holds_no_labels_is_refused(bad):
    values = np.zeros((9, 9, 9), np.float32)
    values[4, 4, 4] = bad
    with pytest.raises(ScanError) as raised:
        LabelPuller(Volume(values, Grid((9, 9, 9), (1, 1, 1))))
    assert raised.value.code == "labels-invalid"


def _label_map(masks, names):
    values = sum(np.where(masks[name].values > 0, n, 0) for n, name in enumerate(names, 1))
    return Volume(np.float32(np.minimum(values, len(names))), masks[names[0]].grid)


def _dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())
