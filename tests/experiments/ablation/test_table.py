"""The table: every number of a line, comparisons on shared pairs, rows without results and why."""

import csv

import pytest

from experiments.ablation.measure import Result
from experiments.ablation.results import Results
from experiments.ablation.summary import summarised
from experiments.ablation.table import COLUMNS, markdown, write_cases

NAN = float("nan")


def result(case, errors, *, roughness=0.2, failure=""):
    return Result(case, "0f", 3.0, [9.0] * len(errors), errors, roughness, 0.1, 0.5, failure)


FAILED = Result("b", "0f", 0.1, [], [], NAN, NAN, NAN, "nothing to match")


def test_a_line_pools_landmarks_and_averages_pairs():
    line = summarised([result("a", [1.0] * 9 + [2.0]), result("b", [4.0, 4.0], roughness=0.4)], [], 0)
    assert (line.pairs, line.landmarks) == (2, 12)
    assert line.pooled_mm == pytest.approx(19 / 12)
    assert line.pooled_interval[0] < 19 / 12 < line.pooled_interval[1]
    assert line.pairs_mm == pytest.approx((1.1 + 4.0) / 2)
    assert line.worst_mm == pytest.approx((4 / 3 + 4.0) / 2)
    assert line.sd_log_jacobian == pytest.approx(0.3)
    assert line.against is None


def test_a_comparison_takes_the_pairs_that_both_registered():
    reference = [result("a", [1.0, 2.0, 3.0]), result("b", [5.0])]
    line = summarised([result("a", [2.0, 3.0, 5.0]), FAILED], reference, 1)
    assert line.pairs == 1
    assert line.against.count == 3
    assert line.against.difference == pytest.approx(4 / 3)


def test_a_row_that_registered_nothing_has_no_line():
    assert summarised([FAILED], [], 0) is None


@pytest.fixture
def results(tmp_path):
    found = Results(tmp_path)
    for row, shift in (("first", 0.0), ("other", 0.5)):
        found.add(row, result("a", [1.0 + shift + 0.011 * i * (1 + shift) for i in range(30)]))
    found.add("other", FAILED)
    return found


def test_the_markdown_table(group, method, results):
    text = markdown((group(first=method, other=method, absent=method, later=method),), results, {"absent": "no file"})
    lines = {line.split(" | ")[0].strip("| "): line for line in text.splitlines() if line.startswith("| row")}
    assert list(lines) == ["row first", "row other", "row absent", "row later"]
    assert len({line.count("|") for line in lines.values()}) == 1
    assert "| 1, 30 | 1.16 [" in lines["row first"]
    assert lines["row other"].endswith("| +0.58 (n = 30) | < 0.001 |")
    assert "not run" in lines["row absent"]
    assert "- row absent: no file" in text
    assert "- row other, b: nothing to match" in text
    assert "Before registration, mm: a 9.0" in text


def test_every_value_in_the_csv_file(group, method, results, tmp_path):
    write_cases((group(first=method, other=method),), results, tmp_path / "cases.csv")
    with (tmp_path / "cases.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [(r["row"], r["pair"]) for r in rows] == [("first", "a"), ("other", "a"), ("other", "b")]
    assert float(rows[0]["tre_mm"]) == pytest.approx(1.1595)
    assert float(rows[1]["before_mm"]) == 9.0
    assert rows[2]["failure"] == "nothing to match"
