"""Two scans of one body: the moving one, pulled through the true field, is the fixed one, on every grid."""

import numpy as np
import pytest
from scipy.ndimage import binary_erosion, map_coordinates

from registration.geometry import Grid
from registration.phantom import Appearance, make_phantom
from tests.builders.grids import odd_grids

CUBE = Grid((33, 33, 33), (6.0, 6.0, 6.0), (-70.0, -90.0, -60.0))
QUIET = Appearance(noise=0)


def pulled(pair) -> np.ndarray:
    points = pair.fixed.grid.voxel_points().reshape(-1, 3)
    index = pair.moving.grid.mm_to_index(points + pair.field(points))[:, ::-1].T
    return map_coordinates(pair.moving.values, index, order=1, cval=-1024).reshape(pair.fixed.grid.shape)


def test_landmarks_follow_the_field_exactly(pair):
    assert len(pair.landmarks_fixed) >= 60
    assert np.abs(pair.landmarks_fixed + pair.field(pair.landmarks_fixed) - pair.landmarks_moving).max() < 1e-9
    assert pair.fixed.grid.contains(pair.landmarks_fixed).all()
    assert pair.moving.grid.contains(pair.landmarks_moving).all()
    assert np.linalg.norm(pair.landmarks_moving - pair.landmarks_fixed, axis=1).mean() > 5


@pytest.mark.parametrize("organ", ["lung", "liver"])
def test_the_moving_scan_pulled_through_the_field_is_the_fixed_scan(pair, organ):
    inner = binary_erosion(pair.fixed_masks[organ].values > 0)
    away = np.abs(pair.moving.values - pair.fixed.values)[inner].mean()
    assert np.abs(pulled(pair) - pair.fixed.values)[inner].mean() < 0.6 * away


def test_masks_follow_the_field_too(pair):
    points = pair.fixed.grid.voxel_points().reshape(-1, 3)
    moved = points + pair.field(points)
    index = pair.moving.grid.mm_to_index(moved)[:, ::-1].T
    seen = pair.moving.grid.contains(moved).reshape(pair.fixed.grid.shape)
    for name in ("lung", "liver", "tumour"):
        mask = (pair.fixed_masks[name].values > 0) & seen
        other = map_coordinates(pair.moving_masks[name].values, index, order=0).reshape(mask.shape) > 0
        assert mask.sum() > 20
        dice = 2 * (mask & other).sum() / (mask.sum() + other.sum())
        assert dice > {"lung": 0.92, "liver": 0.95, "tumour": 0.7}[name]  # of 4 mm voxels, thin at the lung bases


def test_breathing_in_thins_the_lung_and_keeps_its_mass(thorax):
    fixed, moving = (m["lung"].values > 0 for m in (thorax.fixed_masks, thorax.moving_masks))
    assert fixed.sum() > 1.08 * moving.sum()
    parenchyma = [scan.values[mask] for scan, mask in ((thorax.fixed, fixed), (thorax.moving, moving))]
    assert np.median(parenchyma[0]) < np.median(parenchyma[1]) - 10
    mass = [(values[values < -650] + 1000).sum() for values in parenchyma]  # without vessels and nodule
    assert mass[0] == pytest.approx(mass[1], rel=0.03)


@pytest.mark.parametrize("name", ["flipped", "mirrored", "coronal"])
def test_every_grid_sees_the_same_body(name):
    upright = make_phantom("thorax", seed=5, grid=CUBE, appearance=QUIET)
    grid = odd_grids(CUBE)[name]
    other = make_phantom("thorax", seed=5, grid=grid, appearance=QUIET)
    index = np.rint(CUBE.mm_to_index(grid.voxel_points())).astype(int)
    assert np.abs(CUBE.index_to_mm(index) - grid.voxel_points()).max() < 1e-6
    x, y, z = np.moveaxis(index, -1, 0)
    for one, two in ((upright.fixed, other.fixed), (upright.moving, other.moving)):
        assert np.abs(one.values[z, y, x] - two.values).max() < 1.0  # HU; coordinates differ in the last float32 digit
    assert np.array_equal(upright.field(other.landmarks_fixed), other.field(other.landmarks_fixed))


def test_a_rotated_anisotropic_grid_sees_the_same_body():
    fine = Grid((67, 67, 67), (3.0, 3.0, 3.0), CUBE.origin_mm)
    rotated = odd_grids(Grid((40, 50, 30), (2.1, 2.7, 4.0), (-20.0, -60.0, -10.0)))["rotated"]
    one = make_phantom("thorax", seed=5, grid=fine, appearance=QUIET).fixed
    two = make_phantom("thorax", seed=5, grid=rotated, appearance=QUIET).fixed
    index = fine.mm_to_index(rotated.voxel_points())
    sampled = map_coordinates(one.values, np.moveaxis(index, -1, 0)[::-1], order=1, cval=np.nan)
    seen = np.isfinite(sampled)
    assert seen.mean() > 0.5
    assert np.corrcoef(sampled[seen], two.values[seen])[0, 1] > 0.97


def test_the_same_seed_gives_the_same_pair_and_another_seed_another_body():
    one, two, three = (make_phantom("abdomen", seed=s, grid=CUBE) for s in (5, 5, 6))
    assert np.array_equal(one.fixed.values, two.fixed.values)
    assert np.array_equal(one.landmarks_moving, two.landmarks_moving)
    assert np.abs(one.fixed.values - three.fixed.values).mean() > 50


def test_the_ablation_zone_replaces_the_tumour(abdomen):
    tumour, zone = (abdomen.moving_masks[name].values > 0 for name in ("tumour", "ablation_zone"))
    liver = (abdomen.moving_masks["liver"].values > 0) & ~zone
    assert zone.sum() > 1.5 * tumour.sum()
    assert (tumour & zone).sum() > 0.9 * tumour.sum()
    assert np.median(abdomen.moving.values[zone]) < np.median(abdomen.moving.values[liver]) - 30
    assert "ablation_zone" not in abdomen.fixed_masks


def test_the_scans_look_like_a_body(thorax):
    lung = np.median(thorax.fixed.values[thorax.fixed_masks["lung"].values > 0])
    liver = np.median(thorax.fixed.values[thorax.fixed_masks["liver"].values > 0])
    assert -930 < lung < -780
    assert 80 < liver < 130
    assert thorax.fixed.values.max() > 400  # bone
    assert np.median(thorax.fixed.values[:, 0]) < -900  # air in front


def test_magnetic_resonance_contrast_is_another_one():
    ct, mr = (make_phantom("abdomen", seed=5, grid=CUBE, appearance=a) for a in (QUIET, Appearance("mr", 4.0)))
    assert mr.fixed.values.min() >= 0
    assert abs(np.corrcoef(ct.fixed.values.ravel(), mr.fixed.values.ravel())[0, 1]) < 0.9
    assert np.array_equal(ct.landmarks_fixed.shape, mr.landmarks_fixed.shape)


def test_the_table_offset_moves_the_patient_in_the_moving_scan():
    offset = (6.0, -12.0, 18.0)
    moved = make_phantom("thorax", seed=5, grid=CUBE, appearance=QUIET, offset_mm=offset)
    plain = make_phantom("thorax", seed=5, grid=CUBE, appearance=QUIET)
    assert np.array_equal(moved.fixed.values, plain.fixed.values)
    steps = (1, 2, 3)  # voxels of 6 mm: +x, -y, +z
    assert (
        np.abs(
            moved.moving.values[steps[2] :, : -steps[1], steps[0] :]
            - plain.moving.values[: -steps[2], steps[1] :, : -steps[0]]
        ).max()
        < 1.0
    )
