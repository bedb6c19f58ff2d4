"""The whole path on phantoms with a known field and, where they are at hand, on real pairs with landmarks."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from registration.errors import CancelledError, MethodError
from registration.geometry import Grid
from registration.phantom import PhantomPair, make_phantom
from registration.register import STAGES, register
from registration.result import Registration
from registration.volume import Volume
from tests.builders.grids import turned

CHEST = Grid((88, 72, 40), (2.5, 2.5, 4.0), (-108.75, -88.75, 10.0))
OBLIQUE = turned(CHEST, (5.0, -7.0, 12.0), (1, -1, 1))


def error(result: Registration, pair: PhantomPair) -> NDArray[np.float64]:
    inside = pair.fixed.grid.contains(pair.landmarks_fixed) & pair.moving.grid.contains(pair.landmarks_moving)
    assert inside.sum() >= 20
    return np.linalg.norm(result.field.map_points(pair.landmarks_fixed) - pair.landmarks_moving, axis=1)[inside]


@pytest.fixture(scope="module")
def pair() -> PhantomPair:
    return make_phantom("thorax", seed=2, grid=CHEST)


@pytest.fixture(scope="module")
def result(pair: PhantomPair) -> Registration:
    return register(pair.fixed, pair.moving, preset="thorax")


def test_landmarks_of_a_breathing_chest_are_found(pair, result):
    before = np.linalg.norm(pair.landmarks_fixed - pair.landmarks_moving, axis=1).mean()
    assert before > 10
    assert error(result, pair).mean() <= 2.0


def test_without_the_finish_the_field_is_the_kernels_own_and_less_exact(pair, result):
    plain = register(pair.fixed, pair.moving, preset="thorax", finish=False)
    assert plain.qa["finish"] is False
    assert plain.timings_s["finish"] < 0.1
    assert error(result, pair).mean() < error(plain, pair).mean() <= 3.0
    assert np.array_equal(plain.matches.fixed_mm, result.matches.fixed_mm)


def test_the_field_does_not_fold(result):
    assert result.qa["folds"] == 0
    assert result.qa["jacobian_min"] > 0
    assert result.qa["sd_log_jacobian"] < 0.5


def test_everything_lies_on_the_fixed_grid_and_is_finite(pair, result):
    assert result.field.grid == pair.fixed.grid
    for array in (result.field.vectors_mm, result.confidence, result.error_mm, result.bound_mm, result.attention_std):
        assert np.isfinite(array).all()
        assert array.dtype == np.float32
    assert result.confidence.min() > 0
    assert result.confidence.max() <= 1
    assert list(result.timings_s) == list(STAGES)


def test_matches_are_patient_points_of_both_scans(pair, result):
    matches = result.matches
    assert pair.fixed.grid.contains(matches.fixed_mm).mean() > 0.9
    trusted = matches.confidence > 0.5
    assert trusted.mean() > 0.3
    truth = matches.fixed_mm + pair.field(matches.fixed_mm)
    assert np.median(np.linalg.norm(matches.moving_mm - truth, axis=1)[trusted]) < 2.0


def test_doubt_is_larger_where_the_field_is_wrong(pair, result):
    index = np.argwhere(np.ones(CHEST.shape))[::211, ::-1]
    points = CHEST.index_to_mm(index)
    wrong = np.linalg.norm(result.field.at(points) - pair.field(points), axis=1)
    doubt = result.error_mm[index[:, 2], index[:, 1], index[:, 0]]
    third = np.argsort(doubt)
    assert wrong[third[-len(third) // 3 :]].mean() > 1.2 * wrong[third[: len(third) // 3]].mean()


def test_nine_of_ten_landmarks_that_experts_click_are_within_the_bound(pair, result):
    """Experts click whole voxels, in both scans. No pair like this one calibrated the bound."""
    inside = pair.fixed.grid.contains(pair.landmarks_fixed) & pair.moving.grid.contains(pair.landmarks_moving)
    fixed, moving = (
        CHEST.index_to_mm(np.rint(CHEST.mm_to_index(points[inside])))
        for points in (pair.landmarks_fixed, pair.landmarks_moving)
    )
    x, y, z = np.clip(np.rint(CHEST.mm_to_index(fixed)).astype(int), 0, np.array(CHEST.size) - 1).T
    wrong = np.linalg.norm(result.field.map_points(fixed) - moving, axis=1)
    assert 0.8 <= (wrong <= result.bound_mm[z, y, x]).mean() <= 0.98
    assert (result.bounds.at(result.error_mm, 0.5) < result.bound_mm).all()


def test_the_same_pair_gives_the_same_bits(pair, result):
    again = register(pair.fixed, pair.moving, preset="thorax")
    assert (again.field.vectors_mm == result.field.vectors_mm).all()
    assert (again.error_mm == result.error_mm).all()


def flipped(volume: Volume) -> Volume:
    """The same voxels, stored from right to left."""
    grid = volume.grid
    x, y, z = grid.axes.T
    start = grid.index_to_mm([grid.size[0] - 1, 0, 0])
    axes = tuple(map(tuple, np.stack([-x, y, z], 1)))
    return Volume(np.ascontiguousarray(volume.values[:, :, ::-1]), Grid(grid.size, grid.spacing_mm, tuple(start), axes))


def test_how_the_scan_is_stored_does_not_matter(pair, result):
    """Every other storage comes to the same voxels by `canonical`, see test_volume."""
    other = register(flipped(pair.fixed), flipped(pair.moving), preset="thorax")
    points = pair.fixed.grid.voxel_points().reshape(-1, 3)[::7]
    apart = np.linalg.norm(other.field.at(points) - result.field.at(points), axis=1)
    assert apart.max() < 0.1


def test_an_oblique_anisotropic_off_centre_scan_is_as_good(pair):
    oblique = make_phantom("thorax", seed=2, grid=OBLIQUE, moving_grid=CHEST)
    assert error(register(oblique.fixed, oblique.moving, preset="thorax"), oblique).mean() <= 2.0


def test_a_table_shift_is_taken_out(pair):
    shift = (-4.0, -11.0, 35.0)
    moved = Volume(pair.moving.values, Grid(CHEST.size, CHEST.spacing_mm, tuple(np.add(CHEST.origin_mm, shift))))
    result = register(pair.fixed, moved, preset="thorax")
    inside = pair.fixed.grid.contains(pair.landmarks_fixed) & pair.moving.grid.contains(pair.landmarks_moving)
    target = pair.landmarks_moving + shift
    apart = np.linalg.norm(result.field.map_points(pair.landmarks_fixed) - target, axis=1)[inside]
    assert apart.mean() <= 2.0


def test_a_patient_who_was_turned_is_found(pair):
    turn, middle = Rotation.from_rotvec((6, -4, 18), degrees=True).as_matrix(), CHEST.corners().mean(0)
    origin = turn @ (np.asarray(CHEST.origin_mm) - middle) + middle
    moved = Volume(pair.moving.values, Grid(CHEST.size, CHEST.spacing_mm, tuple(origin), tuple(map(tuple, turn))))
    result = register(pair.fixed, moved, preset="thorax")
    inside = pair.fixed.grid.contains(pair.landmarks_fixed) & pair.moving.grid.contains(pair.landmarks_moving)
    target = (pair.landmarks_moving - middle) @ turn.T + middle
    apart = np.linalg.norm(result.field.map_points(pair.landmarks_fixed) - target, axis=1)[inside]
    assert apart.mean() <= 2.0
    assert abs(result.qa["pre_alignment_degrees"] - np.linalg.norm((6, -4, 18))) < 3.0
    assert result.qa["folds"] == 0


def test_a_scan_against_itself_stays_where_it_is(pair):
    result = register(pair.fixed, pair.fixed, preset="thorax")
    assert np.linalg.norm(result.field.vectors_mm, axis=-1).mean() < 0.05
    assert np.linalg.norm(result.field.vectors_mm, axis=-1).max() < 1.0


def test_keypoints_stay_inside_the_masks(pair):
    lung = pair.fixed_masks["lung"]
    result = register(pair.fixed, pair.moving, fixed_mask=lung, moving_mask=pair.moving_masks["lung"], preset="thorax")
    own = result.matches.fixed_mm[: len(result.matches) // 3]
    x, y, z = np.rint(CHEST.mm_to_index(own)).astype(int).T
    assert np.mean(lung.values[z, y, x] > 0) > 0.99


def test_cancelling_stops_between_stages(pair):
    seen = []

    def stop(stage: str, fraction: float) -> None:
        seen.append((stage, fraction))
        if stage == "keypoints":
            raise CancelledError

    with pytest.raises(CancelledError):
        register(pair.fixed, pair.moving, progress=stop)
    assert [s for s, _ in seen] == ["pre-alignment", "features", "keypoints"]
    assert [f for _, f in seen] == sorted(f for _, f in seen)


def test_scans_without_structure_are_refused(pair):
    flat = Volume(np.full(CHEST.shape, 40.0, np.float32), CHEST)
    with pytest.raises(MethodError) as refused:
        register(flat, flat)
    assert refused.value.code == "too-few-keypoints"


DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real pairs of ../shared/data are not part of the project"
)


def read(path: Path, spacing_like: Volume | None = None) -> Volume:
    from registration.reading import read_scan

    volume = read_scan(path).volume
    if spacing_like is None:
        return volume
    grid = spacing_like.grid
    return Volume(volume.values, Grid(volume.grid.size, grid.spacing_mm, volume.grid.origin_mm, volume.grid.direction))


def vtk_points(path: Path) -> NDArray[np.float64]:
    words = path.read_text().split()
    start = words.index("POINTS")
    count = int(words[start + 1])
    return np.array(words[start + 3 : start + 3 + 3 * count], float).reshape(-1, 3)


@pytest.mark.realdata
@needs_data
def test_real_lungs():
    folder = DATA / "lung_elastix"
    fixed, moving = (read(folder / f"3DCT_lung_{n}.mha") for n in ("baseline", "followup"))
    landmarks = [
        np.loadtxt(folder / f"CT_3D_lung_{n}_point_set_corrected.txt", skiprows=2) for n in ("fixed", "moving")
    ]
    result = register(fixed, moving, preset="thorax")
    assert np.linalg.norm(result.field.map_points(landmarks[0]) - landmarks[1], axis=1).mean() <= 1.5
    assert result.qa["folds"] == 0


@pytest.mark.realdata
@needs_data
@pytest.mark.parametrize(
    ("subject", "cycle", "limit_mm"),
    [("eth18", "cyc_1_10", 3.0), ("eth18", "cyc_3_10", 3.0), ("eth19", "cyc_1_6", 1.9), ("eth19", "cyc_1_9", 1.9)],
)
def test_real_livers(subject, cycle, limit_mm):
    folder = DATA / f"liver_mr_{subject}"
    exhale = read(folder / "exhMaster_unmasked.force_direction.mha")
    inhale = read(
        folder / f"{cycle}.force_direction.mha", spacing_like=exhale
    )  # one header is wrong, see data/README.md
    landmarks = [vtk_points(folder / f"{n}LMliver.vtk") for n in ("exhMaster", cycle)]
    result = register(exhale, inhale)
    assert np.linalg.norm(result.field.map_points(landmarks[0]) - landmarks[1], axis=1).mean() <= limit_mm
    assert result.qa["folds"] == 0
