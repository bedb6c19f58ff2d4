"""Margins of balls in balls, known from their radii, on straight, oblique and mirrored grids, through known fields."""

import numpy as np
import pytest

from registration.ablation.assessment import Treatment, assess
from registration.ablation.judgement import verdict
from registration.ablation.regions import Region
from registration.confidence.bounds import ErrorBounds
from registration.errors import KernelregError
from registration.geometry import Grid
from registration.volume import Volume
from tests.builders.grids import odd_grids
from tests.builders.treated import Promise, ball, promise, shift_field

GRID = Grid((48, 40, 36), (1.0, 1.2, 1.5), (-20.0, 30.0, -400.0))
GRIDS = odd_grids(GRID)
CENTRE = GRID.corners().mean(axis=0)
SHIFT = np.array([7.0, -4.0, 11.0])
STEP = max(GRID.spacing_mm)
"""A voxel of a border lies no further than this inside the surface it stands for."""


def concentric(grid=GRID, *, tumour=7.0, zone=15.0, offset=(0.0, 0.0, 0.0), expected=0.5):
    drawn = [Region("fixed", ball(grid, centre, r)) for centre, r in ((CENTRE + offset, tumour), (CENTRE, zone))]
    return assess(Treatment(*drawn), shift_field(grid), promise(grid, expected))


@pytest.mark.parametrize("name", GRIDS)
def test_a_ball_in_the_middle_of_a_ball_has_the_difference_of_radii_all_around(name):
    found = concentric(GRIDS[name])
    assert found.minimum_mm.measured == pytest.approx(8.0, abs=STEP)
    assert found.surface.margin_mm.max() == pytest.approx(8.0, abs=STEP)
    assert found.share_percent(5.0).measured == 100.0
    assert found.tumour_percent == 100.0
    assert found.shell.covered_percent == 100.0
    ball_ml = 4 / 3 * np.pi * 1e-3
    assert found.regions["tumour"].ml == pytest.approx(ball_ml * 7**3, rel=0.05)
    assert found.regions["ablation"].ml == pytest.approx(ball_ml * 15**3, rel=0.02)


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("offset", [(5.0, 0.0, 0.0), (0.0, -10.0, 0.0), (0.0, 0.0, 12.0)])
def test_an_offset_takes_its_length_from_the_margin_and_tells_the_side(name, offset):
    """Radii 15 and 7: 8 mm less the offset, at the pole of the tumour that was moved towards."""
    found, length = concentric(GRIDS[name], offset=offset), np.linalg.norm(offset)
    assert found.minimum_mm.measured == pytest.approx(8.0 - length, abs=STEP)
    pole = CENTRE + offset + 7.0 * np.array(offset) / length
    assert np.linalg.norm(np.array(found.worst_mm["fixed"]) - pole) < 4.5
    assert (found.share_percent(0.0).measured == 100.0) == (length < 8)
    assert 0 < found.share_percent(5.0).measured < 100


@pytest.mark.parametrize("name", ["upright", "rotated", "mirrored"])
@pytest.mark.parametrize("drawn_on", ["ablation", "tumour"])
def test_either_side_may_be_drawn_on_the_moving_scan(name, drawn_on):
    """Through a table shift, from a finer grid of the moving scan's own."""
    grid = GRIDS[name]
    moving = Grid((96, 80, 72), (0.6, 0.7, 0.8), tuple((np.array(GRID.origin_mm) + SHIFT - 3.0).tolist()))
    sides = {"tumour": ((2.0, 0.0, 0.0), 7.0), "ablation": ((0.0, 0.0, 0.0), 15.0)}
    regions = {
        part: Region("moving", ball(moving, CENTRE + SHIFT + off, radius))
        if part == drawn_on
        else Region("fixed", ball(grid, CENTRE + off, radius))
        for part, (off, radius) in sides.items()
    }
    found = assess(Treatment(**regions), shift_field(grid, SHIFT), promise(grid, 0.5))
    assert found.minimum_mm.measured == pytest.approx(6.0, abs=STEP)
    assert found.regions[drawn_on].scan == "moving"
    assert found.regions[drawn_on].ml == pytest.approx(found.regions[drawn_on].drawn_ml, rel=0.06)
    assert np.subtract(found.worst_mm["moving"], found.worst_mm["fixed"]) == pytest.approx(SHIFT, abs=1e-4)


def test_the_part_measured_is_the_whole_measured():
    """Cutting the masks out of the scan changes no distance, also where they touch its edge."""
    from registration.metrics.margin import ablative_margins

    tumour, zone, organ = (ball(GRID, np.add(CENTRE, (14.0, 0, 0)), r).values > 0 for r in (8.0, 12.0, 16.0))
    drawn = (Region("fixed", Volume(mask.astype(np.float32), GRID)) for mask in (tumour, zone, organ))
    found = assess(Treatment(*drawn, capsule_mm=7.0), shift_field(GRID), promise(GRID, 1.0))
    whole = ablative_margins(tumour, zone, GRID.spacing_mm, organ=organ, capsule_mm=7.0)
    assert np.array_equal(found.surface.margin_mm, whole)
    assert found.surface.near_capsule > 0


def test_the_bound_is_taken_off_and_added_where_it_holds():
    """8 mm all around; the bound is twice the expected error: 1 mm on one side, 5 mm on the other."""
    grid = Grid((40, 40, 40), (1.0, 1.0, 1.0))
    centre = (19.5, 19.5, 19.5)
    error = np.full(grid.shape, 0.5, np.float32)
    error[:, :, 20:] = 2.5
    drawn = [Region("fixed", ball(grid, centre, r)) for r in (7.0, 15.0)]
    found = assess(Treatment(*drawn), shift_field(grid), Promise(error))
    measured, least, most = (getattr(found.minimum_mm, name) for name in ("measured", "least", "most"))
    assert least == pytest.approx(measured - 5.0, abs=0.6)
    assert most == pytest.approx(measured + 1.0, abs=0.6)
    shares = found.share_percent(5.0)
    assert (shares.measured, shares.most) == (100.0, 100.0)
    assert shares.least == pytest.approx(50.0)
    assert found.share_percent(0.0).least == 100.0
    assert verdict(found.minimum_mm, 5.0) == "not-separable"
    assert verdict(found.minimum_mm, 0.0) == "reached"


def test_a_field_that_promises_nothing_bounds_nothing():
    nothing = Promise(np.ones(GRID.shape, np.float32), ErrorBounds.none())
    drawn = [Region("fixed", ball(GRID, CENTRE, r)) for r in (7.0, 15.0)]
    found = assess(Treatment(*drawn), shift_field(GRID), nothing)
    assert verdict(found.minimum_mm, 0.0) == "unknown"
    assert (found.share_percent(0.0).least, found.share_percent(0.0).most) == (0.0, 100.0)


def test_of_equal_margins_the_less_certain_one_is_shown():
    grid = Grid((40, 40, 40), (1.0, 1.0, 1.0))
    error = np.full(grid.shape, 0.5, np.float32)
    error[:, 25:, :] = 2.0
    drawn = [Region("fixed", ball(grid, (19.5, 19.5, 19.5), r)) for r in (7.0, 15.0)]
    found = assess(Treatment(*drawn), shift_field(grid), Promise(error))
    assert found.worst_mm["fixed"][1] > 24


def test_shares_of_volume():
    """A zone that ends in the middle of a block of 10 x 10 x 10: half of it and half of the shell."""
    grid = Grid((30, 30, 30), (1.0, 1.0, 1.0))
    block, half = np.zeros(grid.shape, np.float32), np.zeros(grid.shape, np.float32)
    block[10:20, 10:20, 10:20] = 1
    half[:, :, :15] = 1
    drawn = [Region("fixed", Volume(values, grid)) for values in (block, half)]
    found = assess(Treatment(*drawn), shift_field(grid), promise(grid, 1.0))
    assert (found.tumour_percent, found.shell.covered_percent) == (50.0, 50.0)
    assert (found.regions["tumour"].ml, found.minimum_mm.measured) == (1.0, -5.0)


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"tumour": Region("fixed", ball(GRID, CENTRE, 0.0))}, "mask-empty", "tumour"),
        ({"ablation": Region("fixed", ball(GRIDS["rotated"], CENTRE, 9.0))}, "mask-grid-mismatch", "ablation"),
        (
            {"organ": Region("fixed", ball(GRID, np.add(CENTRE, (15.0, 0, 0)), 3.0))},
            "figure-undefined",
            "outside the organ",
        ),
        ({"organ": Region("fixed", ball(GRID, CENTRE, 8.0))}, "figure-undefined", "within 5 mm"),
        (
            {"ablation": Region("moving", ball(GRID, np.subtract(CENTRE, (20, 0, 0)), 2.0))},
            "figure-undefined",
            "no part",
        ),
    ],
)
def test_what_has_no_margin_says_why(change, code, said):
    drawn = {"tumour": Region("fixed", ball(GRID, CENTRE, 7.0)), "ablation": Region("fixed", ball(GRID, CENTRE, 9.0))}
    field = shift_field(GRID, (30.0, 0.0, 0.0))
    with pytest.raises(KernelregError, match=said) as raised:
        assess(Treatment(**drawn | change), field, promise(GRID, 1.0))
    assert raised.value.code == code
