"""`phantom` writes a whole pair that the other verbs read, and never over something."""

import pytest
from typer.testing import CliRunner

from cli.main import app
from registration.reading import read_correspondences, read_scan


@pytest.mark.slow
def test_a_phantom_is_a_pair_of_series_with_landmarks(tmp_path):
    out = tmp_path / "pair"
    ended = CliRunner().invoke(app, ["phantom", str(out), "--kind", "abdomen", "--seed", "3"])
    assert ended.exit_code == 0, ended.output
    fixed, moving = (read_scan(out / name).volume.grid for name in ("fixed", "moving"))
    _, places, targets = read_correspondences(out / "landmarks.csv")
    assert fixed.contains(places).all()
    assert moving.contains(targets).mean() > 0.9
    assert [p.name for p in tmp_path.iterdir()] == ["pair"]


def test_a_filled_folder_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    ended = CliRunner().invoke(app, ["phantom", str(tmp_path)])
    assert ended.exit_code == 2
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
