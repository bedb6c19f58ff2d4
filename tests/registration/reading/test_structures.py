"""Regions of structure sets and segments of segmentations become masks on the scan's voxels."""

import tarfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from matplotlib.path import Path as Polygon

from registration.errors import ScanError
from registration.geometry import Grid
from registration.reading import read_mask, read_scan
from registration.reading.contours import toggle
from registration.register import register
from registration.volume import Volume
from tests.builders.dicom import FRAME, ct_series, save
from tests.builders.grids import odd_grids
from tests.builders.structures import save_object, segmentation, structure_set

GRID = Grid((40, 36, 9), (0.8, 0.7, 2.5), (-31.5, 12.25, -401.0))
TURN = np.linspace(0, 2 * np.pi, 200, endpoint=False)


def circle(grid: Grid, z: float, radius_mm: float, at: tuple[float, float] = (20, 18)) -> np.ndarray:
    """A contour (N, 3) mm in slice z around the voxel `at`."""
    x, y = at[0] + radius_mm * np.cos(TURN) / 0.8, at[1] + radius_mm * np.sin(TURN) / 0.7
    return grid.index_to_mm(np.stack([x, y, np.full_like(x, z)], 1))


def disc(grid: Grid, radius_mm: float) -> np.ndarray:
    """Pixels (y, x) within a radius of the same centre."""
    x, y = np.meshgrid(np.arange(grid.size[0]), np.arange(grid.size[1]))
    return (((x - 20) * 0.8) ** 2 + ((y - 18) * 0.7) ** 2) < radius_mm**2


def written(regions, tmp_path, **options) -> Path:
    return save_object(structure_set(regions, **options), tmp_path / "rs.dcm")


@pytest.mark.parametrize("name", odd_grids(GRID))
def test_contours_are_filled_in_their_slices(tmp_path, name):
    grid = odd_grids(GRID)[name]
    path = written({"GTV": [circle(grid, z, 9.03) for z in (2, 3, 4)]}, tmp_path)
    mask = read_mask(path, grid).values
    assert np.flatnonzero(mask.any((1, 2))).tolist() == [2, 3, 4]
    for z in (2, 3, 4):
        assert np.array_equal(mask[z], disc(grid, 9.03))


def test_a_contour_within_another_is_a_hole(tmp_path):
    path = written({"shell": [circle(GRID, 4, 9.03), circle(GRID, 4, 5.03)]}, tmp_path)
    assert np.array_equal(read_mask(path, GRID).values[4], disc(GRID, 9.03) & ~disc(GRID, 5.03))


def test_a_keyhole_is_a_hole(tmp_path):
    outer, inner = circle(GRID, 4, 9.03), circle(GRID, 4, 5.03)
    keyhole = np.concatenate([outer, outer[:1], inner[:1], inner[::-1]])
    assert np.array_equal(
        read_mask(written({"shell": [keyhole]}, tmp_path), GRID).values[4], disc(GRID, 9.03) & ~disc(GRID, 5.03)
    )


@pytest.mark.parametrize("seed", range(4))
def test_any_polygon_is_filled_as_matplotlib_fills_it(seed):
    """Polygons that cross themselves and leave the image, an independent implementation of the same rule."""
    rng = np.random.default_rng(seed)
    polygon = rng.uniform(-10, 60, (40, 2))
    mask = np.zeros((45, 50), bool)
    toggle(mask, polygon)
    x, y = np.meshgrid(np.arange(50), np.arange(45))
    expected = Polygon(polygon).contains_points(np.stack([x.ravel(), y.ravel()], 1))
    assert np.array_equal(mask.ravel(), expected)


def test_contours_whose_positions_are_rounded_lie_in_one_plane(tmp_path):
    left, right = circle(GRID, 3.996, 3.03, (10, 18)), circle(GRID, 4.004, 3.03, (30, 18))
    below = circle(GRID, 3, 3.03)
    mask = read_mask(written({"both": [left, right, below]}, tmp_path), GRID).values
    assert mask[4].sum() == 2 * disc(GRID, 3.03).sum()


def test_contours_on_every_second_slice_leave_no_holes(tmp_path):
    path = written({"GTV": [circle(GRID, z, 9.03) for z in (2, 4, 6)]}, tmp_path)
    assert np.flatnonzero(read_mask(path, GRID).values.any((1, 2))).tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_contours_between_slices_go_to_the_nearest(tmp_path):
    path = written({"GTV": [circle(GRID, z + 0.3, 9.03) for z in (2, 3)]}, tmp_path)
    assert np.flatnonzero(read_mask(path, GRID).values.any((1, 2))).tolist() == [2, 3]


def test_a_contour_that_leaves_the_scan_is_cut(tmp_path):
    mask = read_mask(written({"skin": [circle(GRID, 4, 60)]}, tmp_path), GRID).values
    assert mask[4].all()


def test_the_region_is_named_or_numbered(tmp_path):
    regions = {"Lung L": [circle(GRID, 2, 5.03)], "Lung R": [circle(GRID, 6, 5.03)]}
    path = written(regions, tmp_path)
    for part, z in (("Lung L", 2), (" lung r", 6), ("2", 6)):
        assert np.flatnonzero(read_mask(path, GRID, part).values.any((1, 2))).tolist() == [z]


@pytest.mark.parametrize("part", [None, "Heart", "7"])
def test_an_unknown_region_is_refused_with_the_names_there_are(tmp_path, part):
    path = written({"Lung L": [circle(GRID, 2, 5)], "Lung R": [circle(GRID, 6, 5)]}, tmp_path)
    error = refused(path, part)
    assert error.code == "mask-part-unknown"
    assert error.details["parts"] == ["Lung L", "Lung R"]
    assert "'Lung R'" in error.message


def test_points_enclose_nothing(tmp_path):
    path = written({"isocentre": [GRID.index_to_mm([[20, 18, 4]])]}, tmp_path, kind="POINT")
    assert refused(path, None).code == "mask-part-unknown"


def test_another_frame_of_reference_is_refused(tmp_path):
    path = written({"GTV": [circle(GRID, 2, 5)]}, tmp_path, frame_uid="1.2.3")
    assert refused(path, None, frame_uid=FRAME).code == "mask-grid-mismatch"


def test_contours_across_the_slices_are_refused(tmp_path):
    upright = circle(GRID, 4, 5)[:, [0, 2, 1]]
    assert refused(written({"GTV": [upright]}, tmp_path), None).code == "mask-grid-mismatch"


def test_contours_elsewhere_select_nothing(tmp_path):
    assert refused(written({"GTV": [circle(GRID, 40, 5)]}, tmp_path), None).code == "mask-empty"


def test_structure_sets_cut_short_never_give_a_part_of_the_region(tmp_path):
    path = written({"GTV": [circle(GRID, z, 5.03) for z in (3, 4, 5)]}, tmp_path)
    whole = path.read_bytes()
    for cut in np.linspace(150, len(whole) - 10, 60).astype(int):
        path.write_bytes(whole[:cut])
        assert refused(path, None).code in ("scan-unreadable", "scan-truncated", "mask-part-unknown")


def test_contours_of_no_numbers_are_refused(tmp_path):
    path = written({"GTV": [circle(GRID, 4, 5)]}, tmp_path)
    path.write_bytes(path.read_bytes().replace(b"-391.0000", b"-39x.0000", 1))
    assert refused(path, None).code == "scan-unreadable"


def refused(path: Path, part: str | None, **options) -> ScanError:
    with pytest.raises(ScanError) as caught:
        read_mask(path, GRID, part, **options)
    assert "SECRET" not in caught.value.message
    return caught.value


@pytest.fixture
def segments(tmp_path):
    """Two masks, and a segmentation of a series that holds them."""
    grid = odd_grids(GRID)["rotated"]
    masks = {name: np.zeros(grid.shape, bool) for name in ("liver", "tumour")}
    masks["liver"][2:5, 4:30, 3:20], masks["tumour"][6, 10:14, 30:33] = True, True
    series = save(ct_series(grid), tmp_path / "series")
    return grid, masks, series, tmp_path / "seg.dcm"


@pytest.mark.parametrize("fractional", [False, True])
def test_segments_of_a_segmentation(segments, fractional):
    _, masks, series, path = segments
    segmentation(
        series, {n: m.astype(float) if fractional else m for n, m in masks.items()}, path, fractional=fractional
    )
    scan = read_scan(series).volume.grid
    for part, name in (("liver", "liver"), ("Tumour", "tumour"), ("2", "tumour")):
        assert np.array_equal(read_mask(path, scan, part, frame_uid=FRAME).values.astype(bool), masks[name])
    with pytest.raises(ScanError) as caught:
        read_mask(path, scan, "kidney")
    assert caught.value.details["parts"] == ["liver", "tumour"]


def test_a_segmentation_of_other_voxels_is_refused(segments):
    _, masks, series, path = segments
    segmentation(series, masks, path)
    for other in (GRID, Grid(GRID.size, (1.6, 1.4, 2.5), GRID.origin_mm)):
        with pytest.raises(ScanError) as caught:
            read_mask(path, other, "liver")
        assert caught.value.code == "mask-grid-mismatch"


@pytest.fixture(scope="module")
def clinical(tmp_path_factory):
    """A chest CT of 134 slices and its structure set."""
    packed = Path(__file__).parents[4] / "shared/data/lung1_dicom_single/LUNG1-001.tar.gz"
    if not packed.is_file():
        pytest.skip("the real series of ../shared/data is not here")
    folder = tmp_path_factory.mktemp("lung1")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.rglob("CT")), next(folder.rglob("RTSTRUCT.dcm"))


def polygon_ml(path: Path, name: str) -> float:
    """Volume of a region by the areas of its polygons (shoelace) times the distance of slices, holes subtracted."""
    header = pydicom.dcmread(path)
    number = next(one.ROINumber for one in header.StructureSetROISequence if one.ROIName == name)
    drawn = next(one for one in header.ROIContourSequence if one.ReferencedROINumber == number).ContourSequence
    points = [np.reshape([float(v) for v in one.ContourData], (-1, 3)) for one in drawn]
    areas = [0.5 * np.sum(p[:, 0] * np.roll(p[:, 1], -1) - p[:, 1] * np.roll(p[:, 0], -1)) for p in points]
    return (
        3.0 * float(sum(abs(area) * (-1) ** enclosing(points, p) for area, p in zip(areas, points, strict=True))) / 1e3
    )


def enclosing(contours: list[np.ndarray], one: np.ndarray) -> int:
    """How many other contours of the same slice hold the first point of this one (ray casting)."""
    x, y, z = one[0]
    others = [c for c in contours if c is not one and c[0, 2] == z]
    return sum(_crossings(c[:, :2], x, y) % 2 for c in others)


def _crossings(polygon: np.ndarray, x: float, y: float) -> int:
    following = np.roll(polygon, -1, 0)
    spans = (polygon[:, 1] > y) != (following[:, 1] > y)
    rise = np.where(spans, following[:, 1] - polygon[:, 1], 1.0)
    at = polygon[:, 0] + (y - polygon[:, 1]) / rise * (following[:, 0] - polygon[:, 0])
    return int((spans & (at > x)).sum())


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "low", "high"), [("Lung L", 800, 3000), ("Lung R", 800, 3500), ("GTV-1", 10, 400)])
def test_regions_of_a_clinical_structure_set(clinical, name, low, high):
    series, structures = clinical
    report_grid = scan_grid(series)
    mask = read_mask(structures, report_grid, name)
    ml = float(mask.values.sum()) * np.prod(report_grid.spacing_mm) / 1000
    assert low < ml < high
    assert ml == pytest.approx(polygon_ml(structures, name), rel=0.01)


def scan_grid(series: Path) -> Grid:
    from registration.dicom import read_series

    return read_series(sorted(series.iterdir()), largest_voxels=10**9).stack.grid


@pytest.mark.realdata
@pytest.mark.slow
def test_a_registration_within_a_lung_of_a_structure_set(clinical):
    """A part of the scan around the left lung against itself, moved on the table."""
    series, structures = clinical
    scan = read_scan(series).volume
    lung = read_mask(structures, scan.grid, "Lung L")
    box = tuple(slice(i.min(), i.max()) for i in np.nonzero(lung.values))
    fixed, mask = (part(one, (slice(box[0].start + 20, box[0].start + 50), *box[1:])) for one in (scan, lung))
    table = np.array([6.0, -9.0, 14.0])
    moved = Grid(fixed.grid.size, fixed.grid.spacing_mm, tuple(fixed.grid.origin_mm + table), fixed.grid.direction)
    moving, masks = Volume(fixed.values, moved), (mask, Volume(mask.values, moved))
    result = register(fixed, moving, preset="thorax", fixed_mask=masks[0], moving_mask=masks[1], max_keypoints=256)
    x, y, z = np.rint(fixed.grid.mm_to_index(result.matches.fixed_mm)).astype(int).T
    assert mask.values[z, y, x].mean() > 0.9
    points = fixed.grid.index_to_mm(np.argwhere(mask.values)[::50, ::-1])
    assert np.abs(result.field.map_points(points) - points - table).max() < 1


def part(volume: Volume, box: tuple[slice, ...]) -> Volume:
    """A box (z, y, x) of the volume, every third row and column of it."""
    z, y, x = box
    values = np.ascontiguousarray(volume.values[z, y, x][:, ::3, ::3])
    spacing = tuple(np.multiply(volume.grid.spacing_mm, (3, 3, 1)))
    origin = tuple(volume.grid.index_to_mm((x.start, y.start, z.start)))
    return Volume(values, Grid(values.shape[::-1], spacing, origin, volume.grid.direction))
