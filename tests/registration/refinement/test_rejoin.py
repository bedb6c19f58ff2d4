"""The paper's refinement: clicks pull the kernel towards them, locally, as a function of the set."""

import numpy as np
import pytest

from registration.field.displacement import DisplacementField
from registration.field.jacobian import jacobian_map
from registration.geometry import Grid
from registration.kernel.clicked import ClickedKernel
from registration.kernel.gaussian import TwoScaleGaussian
from registration.matches import Matches
from registration.refinement.corrections import CorrectionSet
from registration.rejoin import field_rejoined, rejoin
from tests.builders.fields import clicks_on, smooth_field

GRID = Grid((50, 48, 24), (1.4, 1.4, 3.0), (-20.0, 14.0, -300.0))


@pytest.fixture
def base() -> DisplacementField:
    return smooth_field(3, GRID)


@pytest.fixture
def kernel(base) -> ClickedKernel:
    index = np.random.default_rng(0).uniform(0, np.array(GRID.size) - 1, (300, 3))
    points = GRID.index_to_mm(index).astype(np.float32)
    moving = base.map_points(points).astype(np.float32)
    matches = Matches(points, moving, np.full(300, 0.8, np.float32), np.zeros((300, 0), np.float32))
    return ClickedKernel(matches, TwoScaleGaussian())


def test_matches_that_follow_the_field_let_the_kernel_speak_of_it(base, kernel):
    wrong = np.random.default_rng(1).normal(0, 4, (300, 3)).astype(np.float32)
    matches = Matches(
        kernel.matches.fixed_mm,
        kernel.matches.moving_mm + wrong,
        kernel.matches.confidence,
        kernel.matches.statistics,
    )
    points, nobody = GRID.index_to_mm(np.random.default_rng(2).uniform(8, 16, (200, 3))), np.empty((0, 3))
    said, followed = (
        ClickedKernel(m, TwoScaleGaussian())(points, nobody, nobody) for m in (matches, matches.following(base))
    )
    truth = base.at(points)
    assert np.linalg.norm(followed - truth, axis=1).mean() < 0.3 * np.linalg.norm(said - truth, axis=1).mean()


def test_clicks_are_approached_and_the_residuals_say_how_near(base, kernel):
    clicks = clicks_on(base, 3, error_mm=5.0, apart_mm=25.0)
    result = rejoin(base, CorrectionSet(GRID), clicks, kernel=kernel)
    field = field_rejoined(base, clicks, kernel=kernel)
    fixed, moving = (np.array([getattr(c, s) for c in clicks.correspondences]) for s in ("fixed_mm", "moving_mm"))
    told = [r.after_mm for r in result.residuals]
    assert told == pytest.approx(np.linalg.norm(field.map_points(fixed) - moving, axis=1), abs=1e-5)
    assert all(0.05 < r.after_mm < 0.9 * r.before_mm for r in result.residuals)


def test_only_the_box_changes_and_only_the_set_counts(base, kernel):
    after = clicks_on(base, 4, error_mm=3.0, apart_mm=15.0)
    before = after.edited(remove=["c2"])
    result = rejoin(base, before, after, kernel=kernel)
    old, new = (field_rejoined(base, one, kernel=kernel).vectors_mm for one in (before, after))
    patched = old.copy()
    patched[result.patch.box.slices] = result.patch.vectors_mm
    assert np.array_equal(patched.view(np.uint32), new.view(np.uint32))
    assert not np.array_equal(old, new)
    inside = jacobian_map(DisplacementField(new, GRID))[result.patch.box.slices]
    assert result.folds == int((inside <= 0).sum())


def test_removing_every_click_restores_the_original_bits(base, kernel):
    clicks = clicks_on(base, 3, error_mm=3.0)
    vectors = field_rejoined(base, clicks, kernel=kernel).vectors_mm
    patch = rejoin(base, clicks, CorrectionSet(GRID), kernel=kernel).patch
    vectors[patch.box.slices] = patch.vectors_mm
    assert np.array_equal(vectors.view(np.uint32), base.vectors_mm.view(np.uint32))


def test_beyond_the_radius_nothing_moves(base, kernel):
    clicks = clicks_on(base, 1, error_mm=3.0)
    moved = np.any(field_rejoined(base, clicks, kernel=kernel).vectors_mm != base.vectors_mm, axis=-1)
    distance = np.linalg.norm(GRID.voxel_points() - clicks.correspondences[0].fixed_mm, axis=-1)
    assert moved.any()
    assert distance[moved].max() < 20
