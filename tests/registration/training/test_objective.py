"""The objective: which terms a draw has, how they are weighted, and that the right field costs less than others."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from registration.presets import PRESETS
from registration.pyramid.lattice import LatticeMap
from registration.training.draws import Look, random_draw
from registration.training.objective import Objective, Weights
from registration.training.scene import scene_of

EQUAL = Objective("ncc", Weights())


@pytest.fixture(scope="module")
def draw(known_pair):
    look = Look(crop=None, keypoints=60, detector="foerstner")
    return random_draw(
        scene_of(known_pair, (7.0, 7.5, 8.0), PRESETS["auto"]), look, np.random.default_rng(0), torch.device("cpu")
    )


@pytest.fixture(scope="module")
def still(draw):
    return draw.fixed.with_vectors(torch.zeros(draw.fixed.points().shape))


@pytest.mark.parametrize("similarity", ["ncc", "mse"])
def test_the_true_field_costs_less_than_none_in_every_term_but_smoothness(draw, still, similarity):
    objective = Objective(similarity, Weights())
    right, none = objective.terms([draw.truth], draw), objective.terms([still], draw)
    assert right.keys() == none.keys() == {"similarity", "overlap", "landmarks", "field", "smoothness"}
    assert none["smoothness"] == 0
    assert right["field"] == pytest.approx(0, abs=1e-4)
    for name in ("similarity", "landmarks", "field"):
        assert right[name] < 0.8 * none[name], name
    assert right["overlap"] < 0.95 * none["overlap"]  # interpolation blurs the rim of what is pulled
    assert right["smoothness"] > 0


def test_terms_that_nothing_is_known_for_are_left_out(draw, still):
    bare = replace(draw, labels=None, landmarks=None, truth=None, known=None)
    assert EQUAL.terms([still], bare).keys() == {"similarity", "smoothness"}
    nobody = replace(bare, landmarks=(torch.zeros(0, 3), torch.zeros(0, 3)))
    assert EQUAL.terms([still], nobody).keys() == {"similarity", "smoothness"}


def test_weights_scale_the_terms_and_nothing_leaves_them_out(draw, still):
    plain = EQUAL.terms([still], draw)
    other = Objective("ncc", Weights(landmarks=0.1, field=0.0)).terms([still], draw)
    assert other["landmarks"].item() == pytest.approx(0.1 * plain["landmarks"].item())
    assert other["similarity"] == plain["similarity"]
    assert "field" not in other


def test_the_truth_teaches_every_scale(draw, still):
    halves = [LatticeMap(still.every(4).values + 0.0, 4 * still.step_mm), draw.truth]
    alone = EQUAL.terms([halves[0]], draw)["field"]
    assert EQUAL.terms(halves, draw)["field"].item() == pytest.approx(0.5 * alone.item())


def test_voxels_whose_place_lies_outside_the_moving_scan_do_not_count(draw):
    nodes = draw.fixed.points()
    away = torch.zeros_like(nodes)
    away[nodes[:, 0] > 0.5 * nodes[:, 0].max()] = torch.tensor([1e4, 0.0, 0.0])
    half = Objective("mse", Weights()).terms([draw.fixed.with_vectors(away)], draw)["similarity"]
    kept = nodes[:, 0] <= 0.5 * nodes[:, 0].max()
    inside = kept & (draw.moving_inside.vectors()[:, 0] > 0.5)
    expected = (draw.fixed.vectors() - draw.moving.vectors())[inside].square().mean()
    assert half.item() == pytest.approx(expected.item(), rel=1e-4)


def test_matches_cost_their_distance_from_the_truth_at_known_keypoints(draw, still):
    right = draw.truth.at(draw.points)
    known = draw.known.at(draw.points)[:, 0] > 0.5
    assert 0 < known.sum() < len(known)
    off = right + torch.where(known[:, None], torch.tensor([3.0, 0.0, 4.0]), torch.tensor([1e3, 0.0, 0.0]))
    assert EQUAL.terms([still], draw, [right, off])["matches"].item() == pytest.approx(2.5)
    assert "matches" not in EQUAL.terms([still], replace(draw, truth=None, known=None), [right])
