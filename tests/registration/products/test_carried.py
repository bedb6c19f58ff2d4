"""Another volume of the moving frame on the fixed grid: read once where the field leads, with honest figures."""

import numpy as np
import pytest
import SimpleITK as sitk

from registration.errors import MethodError
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.products.carried import carried
from registration.products.carried_file import SUFFIXES, write_carried
from registration.products.outcome import outcome_of
from registration.volume import Volume
from tests.builders.fields import corrections
from tests.builders.results import pattern

OTHER = Grid((150, 120, 90), (0.6, 0.7, 1.2), (-65.0, -48.0, -32.0))
"""Neither the grid of the moving scan nor its extent."""


@pytest.fixture
def refined(stored):
    place = stored.base.grid.index_to_mm([(8.3, 9.1, 7.7)])
    return outcome_of(stored, corrections(stored.base.grid, "a", place, stored.base.map_points(place) + 1.5))


def ball(grid, centre, radius_mm, label=1):
    inside = np.linalg.norm(grid.voxel_points() - centre, axis=-1) <= radius_mm
    return np.where(inside, np.float32(label), np.float32(0))


def test_intensities_of_a_finer_volume_are_read_where_the_field_leads(refined):
    found = carried(Volume(pattern(OTHER.voxel_points()), OTHER), refined.field, "intensity")
    points = refined.field.grid.voxel_points() + refined.field.vectors_mm
    inside = OTHER.contains(points)
    assert np.abs(found.volume.values - pattern(points))[inside].max() < 5
    assert found.summary == {
        "kind": "intensity",
        "outside_percent": pytest.approx(100 * (1 - inside[::2, ::2, ::2].mean())),
    }


def test_volumes_of_labels_before_and_after_are_told(refined):
    middle = refined.field.map_points([refined.field.grid.corners().mean(0)])[0]
    labels = ball(OTHER, middle, 9.0) + ball(OTHER, middle, 4.0, 4)
    found = carried(Volume(labels, OTHER), refined.field, "labels")
    rows = {one["label"]: one for one in found.summary["labels"]}
    assert set(rows) == {1, 5}
    voxel_ml = 1e-3 * np.prod(OTHER.spacing_mm)
    for label, row in rows.items():
        assert row["before_ml"] == pytest.approx((labels == label).sum() * voxel_ml)
        arrived = (found.volume.values == label).sum() * 1e-3 * np.prod(refined.field.grid.spacing_mm)
        assert row["after_ml"] == pytest.approx(arrived)
        assert row["left_percent"] == 0


def test_the_share_that_left_the_field_of_view_is_told():
    fixed, moving = Grid((20, 20, 20), (2.0, 2.0, 2.0)), Grid((40, 40, 40), (2.0, 2.0, 2.0), (-20.0, -20.0, -20.0))
    still = DisplacementField(np.zeros((*fixed.shape, 3), np.float32), fixed)
    labels = np.zeros(moving.shape, np.float32)
    labels[15:25, 15:25, 5:25] = 1  # x from -10 to 28: a quarter lies before -1, where the fixed scan begins
    labels[30:35, 30:35, 34:39] = 2  # nowhere in the fixed scan
    rows = carried(Volume(labels, moving), still, "labels").summary["labels"]
    assert [one["label"] for one in rows] == [1, 2]
    assert rows[0]["left_percent"] == pytest.approx(25, abs=4)
    assert rows[1] == {"label": 2, "before_ml": pytest.approx(1.0), "after_ml": 0.0, "left_percent": 100.0}


def test_a_volume_that_the_field_never_reaches_is_refused(refined):
    far = Grid((10, 10, 10), (1.0, 1.0, 1.0), (4000.0, 0.0, 0.0))
    with pytest.raises(MethodError) as raised:
        carried(Volume(np.zeros(far.shape, np.float32), far), refined.field, "labels")
    assert raised.value.code == "scans-do-not-overlap"


@pytest.mark.parametrize("format", SUFFIXES)
@pytest.mark.parametrize(("holds", "kind"), [("intensity", sitk.sitkInt16), ("labels", sitk.sitkUInt8)])
def test_files_lie_on_the_fixed_grid(refined, tmp_path, format, holds, kind):
    values = pattern(OTHER.voxel_points()) if holds == "intensity" else ball(OTHER, (-22.0, -10.0, 20.0), 15.0, 200)
    found = carried(Volume(values, OTHER), refined.field, holds)
    path = tmp_path / f"out{SUFFIXES[format]}"
    write_carried(found, path, format)
    image = sitk.ReadImage(str(path))
    assert image.GetPixelID() == kind
    assert np.array_equal(sitk.GetArrayFromImage(image), np.rint(found.volume.values))
    assert image.TransformIndexToPhysicalPoint((3, 4, 5)) == pytest.approx(
        refined.field.grid.index_to_mm((3, 4, 5)), abs=1e-3
    )
