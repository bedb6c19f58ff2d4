"""Scores of several methods on one data set become paired comparisons with the first of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from registration.errors import MethodError
from registration.evaluation.score import Scores
from registration.metrics.paired import Comparison, compared

FIGURES = ("tre_mm", "tre30_mm", "sd_log_jacobian", "folds_percent", "dice", "assd_mm", "hd95_mm", "ncc", "cpu_s")
"""What is compared where both have it."""


Compared = dict[str, dict[str, Comparison]]
"""By the name of the other prediction, by the name of the figure."""


def compare(scores: Scores, others: Mapping[str, Scores]) -> Compared:
    """By method, by figure: our values less the other's on the cases that both have.

    Every test is one of as many as there are others (Bonferroni, figure by figure). Raises MethodError
    `prediction-invalid` when another prediction is of another data set.
    """
    found: Compared = {}
    for name, other in others.items():
        if other.settings["data"] != scores.settings["data"]:
            raise MethodError("prediction-invalid", f"{name} was scored on another data set.")
        rows = {figure: _paired(scores, other, figure) for figure in FIGURES}
        found[name] = {f: compared(*pair, len(others)) for f, pair in rows.items() if len(pair[0])}
    return found


def _paired(one: Scores, other: Scores, figure: str) -> tuple[np.ndarray, np.ndarray]:
    own, theirs = one.values(figure), other.values(figure)
    shared = [case for case in own if case in theirs]
    return np.array([own[case] for case in shared]), np.array([theirs[case] for case in shared])
