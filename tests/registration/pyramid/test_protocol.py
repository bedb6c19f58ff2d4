"""The paper's two protocols: one grid for both images, the same body on it however the scans are stored."""

import numpy as np
import pytest
import torch

from registration.errors import MethodError
from registration.geometry import Grid
from registration.pyramid.protocol import PROTOCOLS, Protocol, prepared
from registration.volume import Volume
from tests.builders.grids import odd_grids

NLST, LIVER = PROTOCOLS["nlst"], PROTOCOLS["liver"]
WIDE = Grid((70, 64, 50), (5.0, 5.0, 6.0), (-170.0, -150.0, 40.0))
CENTRE = np.array([10.0, -20.0, 170.0])
STORED = ["upright", "rotated", "flipped", "mirrored", "coronal"]


def body(grid: Grid, centre=CENTRE, radius=60.0) -> Volume:
    """A ball that grows brighter towards the left, -900 to 300 HU, in air."""
    points = grid.voxel_points()
    far = np.linalg.norm(points - centre, axis=-1)
    tissue = -300.0 + 600.0 * (points[..., 0] - centre[0]) / radius
    return Volume(np.where(far < radius, tissue, -1000.0).astype(np.float32), grid)


def test_their_grids_are_the_papers():
    assert NLST.grid_around(CENTRE).shape == (112, 96, 112)
    assert NLST.spacing_mm == (3.0, 3.0, 3.0)
    assert LIVER.grid_around(CENTRE).shape == (80, 192, 192)
    assert LIVER.spacing_mm == (1.4, 1.4, 3.0)  # (x, y, z)


@pytest.mark.parametrize("protocol", [NLST, LIVER], ids=["nlst", "liver"])
def test_the_grid_lies_around_its_middle(protocol):
    assert protocol.grid_around(CENTRE).corners().mean(0) == pytest.approx(CENTRE)


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize("protocol", [NLST, LIVER], ids=["nlst", "liver"])
def test_both_scans_show_the_same_body_however_they_are_stored(name, protocol):
    pair = prepared(body(WIDE), body(odd_grids(WIDE)[name]), protocol, to_moving=np.eye(4))
    assert pair.fixed_grid is pair.moving_grid
    both = pair.fixed_inside & pair.moving_inside
    assert both.float().mean() > 0.4
    assert float(pair.moving.min()) >= 0.0
    assert float(pair.moving.max()) <= 1.0 + 1e-6
    assert (pair.fixed - pair.moving).abs()[both].mean() < 0.03
    assert np.linalg.norm(pair.fixed_grid.corners().mean(0) - CENTRE) < 15.0


def test_the_pre_alignment_is_taken_out():
    away = np.eye(4)
    away[:3, 3] = (4.0, -11.0, 33.0)
    moved = Grid(WIDE.size, WIDE.spacing_mm, tuple(np.add(WIDE.origin_mm, away[:3, 3]).tolist()))
    pair = prepared(body(WIDE), body(moved, CENTRE + away[:3, 3]), NLST, to_moving=away)
    assert torch.allclose(pair.fixed, pair.moving, atol=1e-3)


def test_a_mask_says_what_to_crop_around():
    organ = np.zeros(WIDE.shape, np.float32)
    organ[10:21, 30:41, 5:16] = 1
    pair = prepared(body(WIDE), body(WIDE), LIVER, to_moving=np.eye(4), fixed_mask=Volume(organ, WIDE))
    assert pair.fixed_grid.corners().mean(0) == pytest.approx(WIDE.index_to_mm([10, 35, 15]))


def test_the_livers_percentiles_are_those_of_its_crop():
    """Bright bones outside the crop must not darken what it shows."""
    small = Protocol((20, 20, 20), (3.0, 3.0, 3.0), LIVER.preset)
    with_bones = body(WIDE, radius=60.0)
    with_bones.values[:6] = 3000.0
    plain, other = (prepared(v, v, small, to_moving=np.eye(4), fixed_mask=inner()) for v in (body(WIDE), with_bones))
    assert torch.allclose(plain.fixed, other.fixed, atol=1e-5)
    assert plain.fixed.min() < 0.05
    assert plain.fixed.max() > 0.95
    assert plain.fixed.mean() == pytest.approx(0.5, abs=0.05)


def inner() -> Volume:
    return Volume((np.linalg.norm(WIDE.voxel_points() - CENTRE, axis=-1) < 30).astype(np.float32), WIDE)


def test_scans_that_share_nothing_of_the_grid_are_refused():
    away = np.eye(4)
    away[:3, 3] = (500.0, 0.0, 0.0)
    with pytest.raises(MethodError, match="0 % of the working grid") as refused:
        prepared(body(WIDE), body(WIDE), NLST, to_moving=away)
    assert refused.value.code == "scans-do-not-overlap"
