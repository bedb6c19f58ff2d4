"""`python -m experiments.ablation` on a small data set in NLST's layout, from its list to the table."""

import json

import numpy as np
import pytest

from experiments.ablation.__main__ import main
from experiments.ablation.data import in_folder, only
from registration.errors import KernelregError

ROWS = ["attention-alone", "gaussian-alone"]


@pytest.fixture(scope="module")
def out(nlst, tmp_path_factory):
    """The results of two cheap rows, once for all tests here."""
    folder = tmp_path_factory.mktemp("out")
    main(["--data", str(nlst), "--preset", "thorax", "--out", str(folder), "--rows", *ROWS])
    return folder / "NLST"


def test_every_row_registers_every_pair(out):
    for row in ROWS:
        found = [json.loads(p.read_text()) for p in sorted((out / row).glob("NLST_*.json"))]
        assert [f["case"] for f in found] == [f"NLST_000{n}_0000 to NLST_000{n}_0001" for n in (1, 2)]
        for result in found:
            assert np.mean(result["before_mm"]) > 8.0
            assert np.median(result["errors_mm"]) < 2.5
            assert 0.0 < result["sd_log_jacobian"] < 0.6
            assert result["cpu_s"] > 0


def test_the_table_and_the_csv_file(out):
    text = (out / "table.md").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("| one Gaussian")]
    landmarks = sum(len(json.loads(p.read_text())["errors_mm"]) for p in (out / ROWS[1]).glob("NLST_*.json"))
    assert f"| 2, {landmarks} |" in line
    assert f"(n = {landmarks})" in line
    assert len((out / "cases.csv").read_text().splitlines()) == 1 + 4


def test_a_second_run_measures_nothing_and_prints_the_table(out, nlst, capsys):
    times = {path: path.stat().st_mtime_ns for path in out.glob("*/NLST_*.json")}
    main(["--data", str(nlst), "--preset", "thorax", "--out", str(out.parent), "--rows", *ROWS])
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/NLST_*.json")} == times
    assert "| one Gaussian, 8 mm | 2, " in capsys.readouterr().out


def test_pairs_come_with_landmarks_and_mask_in_millimetres(nlst):
    (first, second) = in_folder(nlst, "thorax").pairs()
    assert first.name == "NLST_0001_0000 to NLST_0001_0001"
    assert first.mask.values.any()
    assert first.fixed.grid.contains(first.fixed_landmarks).all()
    assert not np.array_equal(first.fixed.values, second.fixed.values)


def test_only_the_pairs_that_are_asked_for(nlst):
    wanted = only(in_folder(nlst, "thorax"), ["NLST_0002_0000 to NLST_0002_0001"])
    assert [case.name for case in wanted.pairs()] == ["NLST_0002_0000 to NLST_0002_0001"]
    assert wanted.name == "NLST"


def test_pairs_without_landmarks_and_two_lists_are_refused(nlst, tmp_path):
    for kind in ("imagesTr", "masksTr"):
        (tmp_path / kind).symlink_to(nlst / kind)
    (tmp_path / "NLST_dataset.json").write_text((nlst / "NLST_dataset.json").read_text())
    with pytest.raises(KernelregError, match="expected landmarks of both scans"):
        next(in_folder(tmp_path, "auto").pairs())
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(KernelregError, match=r"NLST_dataset\.json, other\.json"):
        in_folder(tmp_path, "auto")


def test_an_objection_ends_the_command_without_a_trace(tmp_path):
    with pytest.raises(SystemExit, match="No row is called 'nothing'"):
        main(["--rows", "nothing", "--out", str(tmp_path)])
