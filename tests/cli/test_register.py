"""`register` on a small phantom: the whole path from two files to a folder that the other verbs take."""

import json

import numpy as np
import pytest
import SimpleITK as sitk
from typer.testing import CliRunner

from cli.main import app
from registration.archive import load_result
from registration.geometry import Grid
from registration.phantom import make_phantom
from registration.products.catalogue import STANDARD
from tests.builders.images import write_image

GRID = Grid((44, 40, 20), (2.5, 2.5, 5.0), (-110.0, -60.0, -60.0))


@pytest.mark.slow
def test_two_files_become_a_result_with_corrections_met(tmp_path):
    pair = make_phantom("thorax", seed=1, grid=GRID)
    fixed = write_image(pair.fixed.values, pair.fixed.grid, tmp_path / "fixed.nii.gz")
    moving = write_image(pair.moving.values, pair.moving.grid, tmp_path / "moving.mha")
    inside = GRID.contains(pair.landmarks_fixed)
    click = np.r_[pair.landmarks_fixed[inside][0], pair.landmarks_moving[inside][0]]
    header = "fixed_x,fixed_y,fixed_z,moving_x,moving_y,moving_z"
    np.savetxt(tmp_path / "clicks.csv", [click], delimiter=",", header=header, comments="")
    arguments = ["register", fixed, moving, "--output", tmp_path / "out", "--preset", "thorax"]
    ended = CliRunner().invoke(app, [*map(str, arguments), "--correspondences", str(tmp_path / "clicks.csv")])
    assert ended.exit_code == 0, ended.output
    assert "Registered" in ended.stdout
    assert {p.name for p in (tmp_path / "out").iterdir()} == {*STANDARD, "state"}
    stored = load_result(tmp_path / "out")
    assert len(stored.corrections) == 1
    image = sitk.ReadImage(str(tmp_path / "out" / "displacement_field.mha"), sitk.sitkVectorFloat64)
    mapped = sitk.DisplacementFieldTransform(image).TransformPoint(click[:3].tolist())
    assert mapped == pytest.approx(click[3:], abs=1e-3)
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["likeness"]["correlation_after"] > report["likeness"]["correlation_before"] + 0.05
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
