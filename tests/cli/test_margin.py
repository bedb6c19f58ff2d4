"""`margin` prints a table with the field's bound and keeps the figures; masks come as images or as named regions."""

import html
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cli.main import app
from registration.errors import KernelregError
from tests.builders.images import write_image
from tests.builders.results import MOVING, stored_result
from tests.builders.treated import ball


@pytest.fixture
def follow_up(tmp_path):
    """A result, a tumour of 5 mm in the middle of its fixed scan, a zone of 11 mm around the same tissue."""
    stored = stored_result(tmp_path / "result")
    middle = stored.base.grid.corners().mean(axis=0)
    volumes = {
        "tumour.mha": ball(stored.base.grid, middle, 5.0),
        "zone.nii.gz": ball(MOVING, stored.base.map_points(middle[None])[0], 11.0),
    }
    for name, one in volumes.items():
        write_image(one.values.astype(np.uint8), one.grid, tmp_path / name)
    return tmp_path


def run(folder, *more, tumour="tumour.mha"):
    drawn = "--tumour", folder / tumour, "--ablation", folder / "zone.nii.gz"
    return CliRunner().invoke(app, list(map(str, ("margin", folder / "result", *drawn, *more))), catch_exceptions=False)


def test_figures_are_printed_and_kept(follow_up):
    said = run(follow_up)
    assert said.exit_code == 0, said.output
    found = json.loads((follow_up / "result" / "margin.json").read_text())
    assert found["minimum_mm"]["measured"] == pytest.approx(6.0, abs=3.0)
    assert found["surface_percent"]["covered"]["measured"] == 100.0
    for text in ("minimal margin, mm", f"{found['minimum_mm']['measured']:.1f}", "less 90 % bound", "Research use"):
        assert text in said.stdout
    assert " ".join(found["judgement"].split()[:6]) in " ".join(said.stdout.split())


def test_the_report_stands_beside_the_figures(follow_up):
    said = run(follow_up, "--report")
    assert said.exit_code == 0, said.output
    page, found = ((follow_up / "result" / f"margin.{kind}").read_text() for kind in ("html", "json"))
    assert html.escape(json.loads(found)["judgement"]) in page


def test_sides_may_be_swapped_and_the_figures_put_elsewhere(follow_up):
    run(follow_up, "--output", follow_up / "new" / "place")
    assert json.loads((follow_up / "new" / "place" / "margin.json").read_text())["regions"]["tumour"]["scan"] == "fixed"
    with pytest.raises(KernelregError, match="must lie on its scan's grid"):
        run(follow_up, "--on-moving", "tumour, ablation")


def test_a_part_that_nobody_knows_is_named(follow_up):
    said = run(follow_up, "--on-moving", "liver")
    assert said.exit_code == 2
    assert "liver is none of" in said.output


def test_a_region_that_is_not_there_is_named(follow_up):
    with pytest.raises(KernelregError, match=r"nothing\.dcm"):
        run(follow_up, tumour="nothing.dcm:GTV")
