"""Runs: what is measured, what a second run leaves alone, and what it refuses to mix."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.ablation.data import DataSet
from experiments.ablation.method import Method, Row
from experiments.ablation.results import Results
from experiments.ablation.run import run
from registration.errors import KernelregError, MethodError
from registration.geometry import Grid
from registration.volume import Volume


@pytest.fixture
def go(case, group, tmp_path):
    """Runs methods by name on a pair, results in one folder."""

    def started(*cases, **methods):
        rows = group(**methods)
        run((rows,), list(rows.rows), [DataSet("set", "A set", lambda: iter(cases or [case]))], tmp_path)
        return Results(tmp_path / "set")

    return started


def plain(method):
    return Method(method.register, {"kind": "plain"})


def test_a_pair_is_measured(go, method):
    found = go(first=plain(method)).get("first", "a pair")
    assert found.errors_mm == pytest.approx(list(range(10)), abs=1e-4)
    assert found.before_mm[0] == pytest.approx(16.155, abs=1e-3)
    assert (found.folds_percent, found.failure) == (0.0, "")
    assert found.sd_log_jacobian == pytest.approx(0.0, abs=1e-6)


def test_a_second_run_goes_on_where_the_first_stopped(go, case, method):
    other = replace(case, name="another pair")
    go(case, first=plain(method))
    results = go(case, other, first=plain(method), second=plain(method))
    assert method.settings["asked"] == ["a pair", "a pair", "another pair", "another pair"]
    assert len(results.of("first")) == len(results.of("second")) == 2
    before = np.linalg.norm(case.fixed_landmarks - case.moving_landmarks, axis=1).mean()
    assert f"another pair {before:.1f}" in (results.folder / "table.md").read_text()


def test_results_of_other_settings_are_not_mixed_in(go, method):
    go(first=plain(method))
    with pytest.raises(KernelregError, match="differ in: kind") as refused:
        go(first=Method(method.register, {"kind": "other"}))
    assert refused.value.code == "config-invalid"
    assert method.settings["asked"] == ["a pair"]


def test_results_of_another_pair_of_that_name_are_not_taken_for_its_own(go, case, method):
    go(first=plain(method))
    moved = replace(case, moving_landmarks=case.moving_landmarks + 1)
    with pytest.raises(KernelregError, match="another pair called 'a pair'"):
        go(moved, first=plain(method))


def test_a_pair_that_cannot_be_registered_is_a_result_too(go, case, method):
    x, y, z = case.moving.grid.size
    smaller = Grid((x - 1, y, z), case.moving.grid.spacing_mm, case.moving.grid.origin_mm)
    odd = replace(case, name="odd", moving=Volume(case.moving.values[:, :, 1:], smaller))
    results = go(case, odd, first=plain(method))
    assert results.get("first", "odd").failure == "The two scans show no common region."
    assert "- row first, odd: The two scans" in (results.folder / "table.md").read_text()


def test_a_row_that_cannot_be_made_is_skipped_and_says_why(case, group, method, tmp_path):
    def missing():
        raise MethodError("weights-missing", "no such file")

    rows = replace(group(first=plain(method)), rows=(*group(first=plain(method)).rows, Row("second", "row 2", missing)))
    run((rows,), list(rows.rows), [DataSet("set", "A set", lambda: iter([case]))], tmp_path)
    text = (tmp_path / "set" / "table.md").read_text()
    assert "- row 2: no such file" in text
    assert not (tmp_path / "set" / "second").exists()
