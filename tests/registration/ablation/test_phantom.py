"""A phantom before and after its ablation: through the true field the margin is what the scan after it shows alone."""

import numpy as np
import pytest

from registration.ablation.assessment import Treatment, assess
from registration.ablation.regions import Region
from registration.ablation.told import told
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.metrics.margin import ablative_margins
from registration.phantom.appearance import Appearance
from registration.phantom.pair import make_phantom
from tests.builders.treated import promise

STEP = 4.0


@pytest.fixture(scope="module")
def pair():
    grid = Grid((90, 65, 70), (STEP, STEP, STEP), (-178.0, -128.0, -138.0))
    return make_phantom("abdomen", seed=3, grid=grid, appearance=Appearance(noise=0))


def through(pair, field):
    drawn = Region("fixed", pair.fixed_masks["tumour"]), Region("moving", pair.moving_masks["ablation_zone"])
    return assess(Treatment(*drawn), field, promise(pair.fixed.grid, STEP / 2))


def test_the_margin_through_the_true_field(pair):
    grid = pair.fixed.grid
    vectors = pair.field(grid.voxel_points().reshape(-1, 3)).reshape(*grid.shape, 3)
    found = through(pair, DisplacementField(vectors.astype(np.float32), grid))
    after = (pair.moving_masks[name].values > 0 for name in ("tumour", "ablation_zone"))
    seen = ablative_margins(*after, pair.moving.grid.spacing_mm)
    assert found.minimum_mm.measured == pytest.approx(seen.min(), abs=STEP)
    assert found.minimum_mm.least <= seen.min() <= found.minimum_mm.most
    assert found.surface.margin_mm.mean() == pytest.approx(seen.mean(), abs=STEP / 4)
    assert told(found)["warnings"] == []


def test_without_registration_the_breath_is_taken_for_a_missed_tumour(pair):
    grid = pair.fixed.grid
    still = DisplacementField(np.zeros((*grid.shape, 3), np.float32), grid)
    assert through(pair, still).share_percent(0.0).measured < 90
