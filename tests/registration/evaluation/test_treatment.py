"""Margins through fields, and the assessment of many of them against what became of the tumours."""

import numpy as np
import pytest

from registration.errors import MethodError
from registration.evaluation.case_figures import CaseFigures
from registration.evaluation.cases import open_cases
from registration.evaluation.figures import figures_of
from registration.evaluation.markdown import markdown
from registration.evaluation.methods import identity
from registration.evaluation.score import Scores
from registration.field.displacement import DisplacementField
from registration.metrics.intervals import Refused
from tests.builders.images import write_image
from tests.builders.official_data import FIXED

SETTINGS = {"method": "any", "kernelreg": "0", "data": {}}


def box(x, y, z):
    """Voxels from the first to the last index of each axis, both included."""
    labels = np.zeros(FIXED.shape, np.uint8)
    labels[z[0] : z[1] + 1, y[0] : y[1] + 1, x[0] : x[1] + 1] = 1
    return labels


@pytest.fixture
def treated(tmp_path):
    """One pair whose zone reaches 3 voxels of 1.5 mm beyond the tumour along x, 3 and 3 (2, 2.5 mm) along y and z."""
    pair = tmp_path / "patients" / "one"
    pair.mkdir(parents=True)
    for role in ("fixed", "moving"):
        noise = np.random.default_rng(1).normal(0, 100, FIXED.shape).astype(np.float32)
        write_image(noise, FIXED, pair / f"{role}.mha")
    write_image(box((10, 13), (9, 12), (8, 11)), FIXED, pair / "fixed_tumour.nii.gz")
    write_image(box((7, 16), (6, 15), (5, 14)), FIXED, pair / "moving_ablation_zone.nii.gz")
    (pair.parent / "outcomes.csv").write_text("case,progressed\none,1\n")
    return pair.parent


def figures(treated, field=None):
    case = open_cases(treated).case(0)
    return figures_of(case, field or identity("auto").register(case.fixed, case.moving)).values


def test_the_margin_is_that_of_the_pulled_zone(treated):
    values = figures(treated)
    assert values["margin_mm"] == pytest.approx(4.5)
    assert (values["margin_covered_percent"], values["shell_percent 4"], values["progressed"]) == (100.0, 100.0, 1.0)
    assert values["shell_percent 10"] < 100.0


def test_a_field_that_is_off_by_two_voxels_costs_two_voxels_of_margin(treated):
    shift = np.float32(FIXED.axes[:, 0] * 2 * FIXED.spacing_mm[0])
    field = DisplacementField(np.broadcast_to(shift, (*FIXED.shape, 3)).copy(), FIXED)
    assert figures(treated, field)["margin_mm"] == pytest.approx(1.5)


def test_at_the_capsule_the_margin_is_not_asked(treated):
    """The liver ends at x = 14: of the tumour, what lies at x = 10 counts; 6 mm to the zone's border along y."""
    write_image(box((0, 14), (0, 21), (0, 19)), FIXED, treated / "one" / "fixed_liver.nii.gz")
    shift = np.float32(FIXED.axes[:, 0] * 2 * FIXED.spacing_mm[0])
    field = DisplacementField(np.broadcast_to(shift, (*FIXED.shape, 3)).copy(), FIXED)
    assert figures(treated, field)["margin_mm"] == pytest.approx(6.0)


def test_outcomes_that_are_neither_are_refused(treated):
    (treated / "outcomes.csv").write_text("case,progressed\none,yes\ntwo,0\n")
    with pytest.raises(MethodError, match="0 or 1"):
        open_cases(treated)


def test_many_margins_become_an_assessment():
    """Progressed at 1, 2, 6 mm, controlled at 3, 7, 8: 3 + 3 + 2 of 9 pairs; 5 mm calls two of three, one wrongly."""
    rows = [(1, 1), (2, 1), (6, 1), (3, 0), (7, 0), (8, 0)]
    cases = tuple(CaseFigures(str(n), {"margin_mm": float(m), "progressed": p}) for n, (m, p) in enumerate(rows))
    found = Scores(SETTINGS, cases, {}).safety_margin()
    assert (found.progressed, found.controlled, found.auc) == (3, 3, pytest.approx(8 / 9))
    assert (found.call.sensitivity, found.call.specificity) == (2 / 3, 2 / 3)
    assert found.interval == Refused("n = 3 < 8")
    assert "| 0.8889 | (n = 3 < 8) | 0.6667 | 0.6667 | 3 + 3 |" in markdown(Scores(SETTINGS, cases, {}), {})


def test_one_outcome_alone_is_no_assessment_and_none_is_nothing():
    cases = tuple(CaseFigures(str(n), {"margin_mm": 1.0, "progressed": 1.0}) for n in range(3))
    assert "none did not" in Scores(SETTINGS, cases, {}).safety_margin().reason
    assert Scores(SETTINGS, (CaseFigures("a", {"margin_mm": 1.0}),), {}).safety_margin() is None
