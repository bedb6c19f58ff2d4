"""Ablative margins, shells and the ROC of both against outcomes, by hand on anisotropic voxels."""

import numpy as np
import pytest

from registration.metrics.intervals import Refused
from registration.metrics.margin import ablative_margins, margin_figures
from registration.metrics.roc import assessed, auc, auc_interval, margin_roc
from registration.metrics.shells import shell_coverage
from registration.metrics.undefined import UndefinedError

SPACING = (1.0, 2.0, 3.0)


def box(x, y, z, shape=(12, 14, 16)):
    """Voxels from the first to the last index of each axis, both included."""
    mask = np.zeros(shape, bool)
    mask[z[0] : z[1] + 1, y[0] : y[1] + 1, x[0] : x[1] + 1] = True
    return mask


ZONE = box((2, 13), (2, 11), (2, 9))


def test_the_minimum_is_the_nearest_side_in_millimetres():
    """Four voxels of 1 mm along x, three of 2 mm along y, two of 3 mm along z: x is nearest."""
    margins = ablative_margins(box((6, 9), (5, 8), (4, 7)), ZONE, SPACING)
    assert margins.min() == 4.0
    assert (margins > 0).all()


@pytest.mark.parametrize(
    ("tumour", "expected"),
    [
        (ZONE, 0.0),
        (box((6, 9), (5, 8), (3, 8)), 3.0),
        (box((6, 9), (5, 13), (4, 7)), -4.0),
        (box((0, 9), (5, 8), (4, 7)), -2.0),
    ],
)
def test_coinciding_is_zero_and_sticking_out_is_negative(tumour, expected):
    assert margin_figures(ablative_margins(tumour, ZONE, SPACING)).minimum_mm == expected


def test_shares_of_the_border():
    """A rod of five voxels along x, one voxel wide: every voxel is border."""
    margins = ablative_margins(box((11, 15), (6, 6), (5, 5)), ZONE, SPACING)
    assert margins.tolist() == [2.0, 1.0, 0.0, -1.0, -2.0]
    figures = margin_figures(margins, safe_mm=1.0)
    assert (figures.covered_percent, figures.safe_percent, figures.voxels) == (60.0, 40.0, 5)


def test_near_the_capsule_nothing_is_asked():
    """The organ ends at x = 15: of the rod the voxels at 11, 12 and 13 lie 4, 3 and 2 mm from there."""
    rod, organ = box((9, 13), (6, 6), (5, 5)), box((0, 15), (0, 13), (0, 11))
    assert ablative_margins(rod, ZONE, SPACING, organ=organ, capsule_mm=4.0).tolist() == [4.0, 3.0, 2.0]
    with pytest.raises(UndefinedError, match="within 9 mm"):
        ablative_margins(rod, ZONE, SPACING, organ=organ, capsule_mm=9.0)


@pytest.mark.parametrize(("tumour", "zone", "name"), [(ZONE & ~ZONE, ZONE, "tumour"), (ZONE, ZONE & ~ZONE, "zone")])
def test_a_margin_needs_both(tumour, zone, name):
    with pytest.raises(UndefinedError, match=name):
        ablative_margins(tumour, zone, SPACING)


def test_shells_around_one_voxel():
    """Within 1 mm: x +- 1. Within 2 mm: also x +- 2 and y +- 1. Within 0.5 mm: nothing."""
    tumour, zone = box((8, 8), (6, 6), (5, 5)), box((8, 15), (0, 13), (0, 11))
    thin, first, second = shell_coverage(tumour, zone, SPACING, thickness_mm=(0.5, 1.0, 2.0))
    assert (first.voxels, first.covered_percent) == (2, 50.0)
    assert (second.voxels, second.covered) == (6, 4)
    with pytest.raises(UndefinedError, match=r"0\.5 mm"):
        _ = thin.covered_percent


def test_shells_end_at_the_organ():
    tumour, everything = box((8, 8), (6, 6), (5, 5)), box((0, 15), (0, 13), (0, 11))
    (shell,) = shell_coverage(tumour, everything, SPACING, thickness_mm=(2.0,), organ=box((8, 15), (0, 13), (0, 11)))
    assert (shell.voxels, shell.covered_percent) == (4, 100.0)


def test_auc_counts_pairs_and_half_of_ties():
    """1 and 2 lie below all of 3, 5, 8; 5 below 8, level with 5, above 3: 3 + 3 + 1.5 of 9."""
    assert auc(np.array([1.0, 2, 5]), np.array([3.0, 5, 8])) == pytest.approx(7.5 / 9)


def test_the_curve_runs_from_nothing_called_to_everything_called():
    margins, progressed = np.array([1.0, 2, 5, 3, 5, 8]), np.array([True] * 3 + [False] * 3)
    roc = margin_roc(margins, progressed)
    assert roc.threshold_mm.tolist() == [1, 2, 3, 5, 8, np.inf]
    assert roc.sensitivity == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3, 1, 1])
    assert roc.specificity == pytest.approx([1, 1, 1, 2 / 3, 1 / 3, 0])
    area = np.trapezoid(roc.sensitivity, 1 - roc.specificity)
    assert (roc.auc, roc.progressed, roc.controlled) == (pytest.approx(area), 3, 3)


def test_five_millimetres_held_against_outcomes():
    found = assessed(np.array([1.0, 2, 5, 3, 5, 8]), np.array([True] * 3 + [False] * 3))
    assert (found.true_positive, found.false_negative, found.true_negative, found.false_positive) == (2, 1, 2, 1)
    assert (found.sensitivity, found.specificity) == (2 / 3, 2 / 3)


def test_the_interval_of_the_auc_needs_enough_of_both():
    """40 + 40 margins that overlap by half; DeLong's variance of such an AUC is about 0.05 squared."""
    rng = np.random.default_rng(0)
    few, many = rng.normal(0, 1, 40), rng.normal(1, 1, 40)
    interval = auc_interval(few, many)
    assert interval.low < auc(few, many) < interval.high
    assert interval.half_width == pytest.approx(1.96 * 0.05, rel=0.25)
    assert auc_interval(few[:3], many) == Refused("n = 3 < 8")


def test_one_outcome_alone_makes_no_curve():
    with pytest.raises(UndefinedError, match="none did not"):
        margin_roc(np.array([1.0, 2.0]), np.array([True, True]))
