"""`adopt` takes over a field of another tool; the other verbs then work on it, and nothing is said of its error."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cli.main import app
from registration.archive import load_result
from registration.errors import FieldError
from registration.products.catalogue import STANDARD
from registration.products.displacement_field import write_field
from tests.builders.images import write_image
from tests.builders.results import stored_result


def run(*arguments):
    ended = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


@pytest.fixture
def case(tmp_path):
    """A pair of scans and a field between them, in files."""
    stored = stored_result(tmp_path / "truth")
    for name, scan in (("fixed", stored.fixed), ("moving", stored.moving)):
        write_image(np.asarray(scan.values), scan.grid, tmp_path / f"{name}.mha")
    write_field(stored.base, tmp_path / "field.h5", format="transform")
    return stored


def test_a_foreign_field_is_refined_evaluated_and_asked_for_points(case, tmp_path):
    said = run(
        "adopt", tmp_path / "fixed.mha", tmp_path / "moving.mha", tmp_path / "field.h5", "--output", tmp_path / "o"
    )
    assert "unknown" in said
    assert {p.name for p in (tmp_path / "o").iterdir()} == {*STANDARD, "state"}
    assert np.allclose(load_result(tmp_path / "o").base.vectors_mm, case.base.vectors_mm, atol=1e-5)
    place = case.base.grid.index_to_mm([(8.3, 9.1, 7.7)])
    target = case.base.map_points(place) + 1.5
    header = "fixed_x,fixed_y,fixed_z,moving_x,moving_y,moving_z"
    np.savetxt(tmp_path / "clicks.csv", np.c_[place, target], delimiter=",", header=header, comments="")
    assert "Refined" in run("refine", tmp_path / "o", "--correspondences", tmp_path / "clicks.csv")
    figures = json.loads(run("evaluate", tmp_path / "o", tmp_path / "clicks.csv", "--json"))
    assert figures["refined"]["TRE"] < 1e-3 < figures["registered"]["TRE"]
    assert figures["within_bound"]["share"] is None
    np.savetxt(tmp_path / "points.csv", place, delimiter=",", header="x,y,z", comments="")
    printed = run("points", tmp_path / "o", tmp_path / "points.csv").splitlines()[1]
    assert [float(v) for v in printed.split(",")] == pytest.approx(target[0], abs=1e-3)
    page = (tmp_path / "o" / "report.html").read_text()
    assert "unknown" in page
    assert "nan" not in page.split("<img")[0]


def test_a_refused_field_leaves_nothing_and_is_named(case, tmp_path):
    with pytest.raises(FieldError) as raised:
        run(
            "adopt", tmp_path / "fixed.mha", tmp_path / "moving.mha", tmp_path / "fixed.mha", "--output", tmp_path / "o"
        )
    assert raised.value.code == "field-unreadable"
    assert "fixed.mha" in raised.value.message
    assert not (tmp_path / "o").exists()
