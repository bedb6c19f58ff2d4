"""Cells become a table in which nobody is missing, and a cell that is done is not measured again."""

import csv
import json
from functools import partial
from types import SimpleNamespace

from benchmarks.peers import run
from benchmarks.peers.plot import plot
from benchmarks.peers.run import Cell, run_cells
from benchmarks.peers.table import markdown, write_csv

FIGURES = {"tre_mm": 1.5, "tre30_mm": 3.0, "sd_log_jacobian": 0.3, "sd_log_jacobian_mask": 0.2, "folds_percent": 0.0}


def cell(method: str, **figures: float) -> Cell:
    record = {"figures": FIGURES | figures, "cpu_s": 10.0, "wall_s": 8.0, "peak_mib": 900.0, "errors_mm": [1.0, 2.0]}
    return Cell("pair", method, record)


CELLS = [cell("demons"), cell("default", tre_mm=1.2), Cell("pair", "syn", None, "not run: antspyx is not installed")]


def test_the_best_comes_first_and_the_absent_last_with_the_reason() -> None:
    lines = markdown(CELLS).splitlines()
    assert [line.split(" |")[0] for line in lines[4:7]] == ["| ours, default", "| SimpleITK demons", "| ANTs SyN"]
    assert "| 1.20 | 3.00 | 0.200 | 0.000 | 10.0 | 8.0 | 900 | – |" in lines[4]  # inside the mask where there is one
    assert "not run: antspyx is not installed" in lines[6]


def test_csv_and_picture_hold_every_cell(tmp_path) -> None:
    write_csv(CELLS, tmp_path / "peers.csv")
    rows = list(csv.DictReader((tmp_path / "peers.csv").read_text().splitlines()))
    assert [(row["method"], row["tre_mm"]) for row in rows] == [("demons", "1.5"), ("default", "1.2"), ("syn", "")]
    plot(CELLS, tmp_path / "peers.png")
    assert (tmp_path / "peers.png").read_bytes().startswith(b"\x89PNG")


def test_a_cell_that_is_done_is_measured_again_only_with_other_settings(tmp_path, monkeypatch) -> None:
    measured = []

    def measure(case, method, file, threads):
        measured.append(case)
        settings = run.ROWS[method].make("thorax").settings
        file.write_text(json.dumps({"settings": settings, "figures": FIGURES, "errors_mm": []}))
        return ""

    monkeypatch.setattr(run, "_measured", measure)
    monkeypatch.setattr(run, "case_named", lambda _: SimpleNamespace(preset="thorax"))
    ask = partial(run_cells, ["pair"], ["rigid"], tmp_path, 1, lambda _: None)
    assert run_cells(["pair"], ["rigid"], tmp_path, None, print)[0].reason == "not run: not measured yet"
    assert ask()[0].record is not None
    ask()
    assert len(measured) == 1
    file = next(tmp_path.glob("*.json"))
    file.write_text(file.read_text().replace('"working_mm": 2.0', '"working_mm": 3.0'))
    ask()
    assert len(measured) == 2


def test_a_method_that_fails_is_told_with_its_exit_status(tmp_path) -> None:
    reason = run._measured("no such pair", "rigid", tmp_path / "cell.json", 1)
    assert reason == "failed: exit status 1, see cell.log"
    assert "no such pair" in (tmp_path / "cell.log").read_text()
