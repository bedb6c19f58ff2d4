"""A smooth body that was scanned with a tilted gantry, with gaps or uneven steps comes back on a regular grid."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from registration.errors import ScanError
from registration.geometry import Grid
from registration.reading import DicomReading, Regridding, read_scan
from tests.builders.defects import another_beside
from tests.builders.dicom import GRID, ct_series, intensities, save, shift
from tests.builders.grids import turned

BODY = Grid((40, 36, 24), (2.0, 1.5, 3.0), (-40.0, -27.0, 100.0))
ALLOWED = DicomReading(regridding=Regridding())


def body(points: np.ndarray) -> np.ndarray:
    """Intensity of a smooth body at patient points (..., 3), HU."""
    x, y, z = np.moveaxis(points, -1, 0)
    return 300 * np.sin(x / 15) * np.cos(y / 18) + 200 * np.sin(z / 20) + 3 * (z - 100)


def scanned(grid: Grid, places: list[np.ndarray]) -> list[Dataset]:
    """Slices of the body whose first pixels lie at these points."""
    slices = ct_series(Grid((*grid.size[:2], len(places)), grid.spacing_mm, grid.origin_mm, grid.direction))
    plane = grid.voxel_points((0, 0, 0), (*grid.size[:2], 1))[0] - grid.index_to_mm((0, 0, 0))
    for one, place in zip(slices, places, strict=True):
        one.ImagePositionPatient = [float(v) for v in place]
        one.PixelData = np.rint(body(plane + place)).astype("<i2").tobytes()
    return slices


def upright(grid: Grid) -> list[np.ndarray]:
    return [grid.index_to_mm((0, 0, k)) for k in range(grid.size[2])]


def tilted(grid: Grid, degrees: float) -> list[np.ndarray]:
    """Each slice shifted along its columns, and a little along its rows."""
    lean = np.tan(np.radians(degrees)) * grid.axes[:, 1] + 0.02 * grid.axes[:, 0]
    return [place + 3.0 * k * lean for k, place in enumerate(upright(grid))]


def errors(scan, margin_px: int = 3) -> np.ndarray:
    """Differences to the body at the voxels that some slice covers, HU."""
    truth = body(scan.volume.grid.voxel_points())
    covered = scan.volume.values > -900
    inner = np.zeros_like(covered)
    inner[:, margin_px:-margin_px, margin_px:-margin_px] = True
    edge = covered.copy()
    for axis in (1, 2):
        for step in (-2, -1, 1, 2):
            edge &= np.roll(covered, step, axis)
    return np.abs(scan.volume.values - truth)[edge & inner]


@pytest.mark.parametrize("grid", [BODY, turned(BODY, (12.0, -20.0, 35.0))], ids=["upright", "oblique"])
@pytest.mark.parametrize("degrees", [5.0, -20.0])
def test_a_tilt_is_undone(tmp_path, grid, degrees):
    scan = read_scan(save(scanned(grid, tilted(grid, degrees)), tmp_path), how=ALLOWED)
    assert np.abs(errors(scan)).max() < 3
    assert len(errors(scan)) > 0.5 * np.prod(grid.size)
    assert scan.report.tilt_degrees == pytest.approx(abs(degrees), abs=0.2)
    assert scan.report.regridding.shifted_in_plane
    assert scan.report.regridding.interpolated == ()
    assert scan.volume.grid.size[1] > grid.size[1]
    assert scan.volume.grid.spacing_mm == pytest.approx(grid.spacing_mm)
    assert "tilt" in scan.report.notes[0]


@pytest.mark.parametrize("missing", [(10,), (4, 5), (3, 11, 12)])
def test_gaps_are_bridged_and_named(tmp_path, missing):
    places = upright(BODY)
    slices = scanned(BODY, [place for k, place in enumerate(places) if k not in missing])
    scan = read_scan(save(slices, tmp_path), how=ALLOWED)
    assert scan.volume.grid.same_place(BODY)
    done = scan.report.regridding
    assert (done.reason, done.interpolated) == ("series-missing-slices", missing)
    assert done.interpolated_mm == tuple(places[k][2] for k in missing)
    assert not done.shifted_in_plane
    present = [k for k in range(24) if k not in missing]
    truth = body(BODY.voxel_points())
    assert np.abs(scan.volume.values - truth)[present].max() <= 0.5
    assert np.abs(scan.volume.values - truth)[list(missing)].max() < 12


def test_uneven_steps_become_even(tmp_path):
    depths = np.cumsum([0, *np.tile([3.0, 3.0, 3.0, 4.2, 1.9, 3.3], 4)])
    slices = scanned(BODY, [BODY.index_to_mm((0, 0, d / 3)) for d in depths])
    scan = read_scan(save(slices, tmp_path), how=ALLOWED)
    assert scan.volume.grid.spacing_mm[2] == pytest.approx(3.0, rel=0.03)
    assert np.abs(scan.volume.values - body(scan.volume.grid.voxel_points())).max() < 8
    assert scan.report.regridding.reason == "series-unequal-spacing"
    assert len(scan.report.regridding.interpolated) > 5


def test_tilt_and_gap_together(tmp_path):
    places = tilted(BODY, 10)
    del places[7]
    scan = read_scan(save(scanned(BODY, places), tmp_path), how=ALLOWED)
    assert scan.volume.grid.size[2] == 24
    assert scan.report.regridding.interpolated == (7,)
    assert np.abs(errors(scan)).max() < 12


def test_every_slice_names_the_nearest_instance(tmp_path):
    slices = scanned(BODY, upright(BODY))
    kept = slices[:10] + slices[12:]
    source = read_scan(save(kept, tmp_path), how=ALLOWED).volume.source
    assert source is not None
    expected = [one.SOPInstanceUID for one in [*slices[:10], slices[9], slices[12], *slices[12:]]]
    assert [one.instance_uid for one in source.instances] == expected


def test_a_gap_beyond_the_limit_is_refused(tmp_path):
    slices = scanned(BODY, upright(BODY))
    with pytest.raises(ScanError) as caught:
        read_scan(save(slices[:8] + slices[12:], tmp_path), how=ALLOWED)
    assert caught.value.code == "series-missing-slices"
    assert "up to 12 mm" in caught.value.message


def test_slices_that_no_gantry_tilts_so_far_are_refused(tmp_path):
    with pytest.raises(ScanError) as caught:
        read_scan(save(scanned(BODY, tilted(BODY, 50)), tmp_path), how=ALLOWED)
    assert caught.value.code == "series-tilted"
    assert "up to 45 degrees" in caught.value.message


def test_two_slices_side_by_side_are_refused(tmp_path):
    with pytest.raises(ScanError) as caught:
        read_scan(save(another_beside(ct_series()), tmp_path), how=ALLOWED)
    assert caught.value.code == "series-tilted"


def test_without_being_asked_the_refusal_says_that_it_can_be(tmp_path):
    with pytest.raises(ScanError) as caught:
        read_scan(save(scanned(BODY, tilted(BODY, 5)), tmp_path))
    assert "On request (regrid)" in caught.value.message


def test_a_regular_series_stays_as_it_is(tmp_path):
    slices = ct_series()
    shift(slices[3], (0.01, 0, 0.01))
    scan = read_scan(save(slices, tmp_path), how=ALLOWED)
    assert np.array_equal(scan.volume.values, intensities())
    assert scan.volume.grid.same_place(GRID, tolerance_mm=0.02)
    assert scan.report.regridding is None


def test_voxels_written_while_they_are_decoded(tmp_path):
    slices = scanned(BODY, tilted(BODY, 10))
    folder = save(slices, tmp_path / "s")
    file = tmp_path / "volume.npy"
    kept = read_scan(folder, how=DicomReading(Regridding(), file)).volume
    assert np.array_equal(kept.values, read_scan(folder, how=ALLOWED).volume.values)
    assert np.array_equal(np.load(file), kept.values)
