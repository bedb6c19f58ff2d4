"""`densify` without images: sparse pairs, one of them wrong, become a displacement anywhere."""

import csv
import io

import numpy as np
from typer.testing import CliRunner

from cli.main import app

PAIR = "fixed_x,fixed_y,fixed_z,moving_x,moving_y,moving_z"


def motion(points: np.ndarray) -> np.ndarray:
    """A shift and a gentle bend, mm."""
    return points + [3.0, -8.0, 20.0] + 2 * np.sin(points / 60)


def densified(tmp_path, pairs, queries, header="x,y,z"):
    np.savetxt(tmp_path / "pairs.csv", pairs, delimiter=",", header=PAIR, comments="")
    np.savetxt(tmp_path / "at.csv", queries, delimiter=",", header=header, comments="")
    ended = CliRunner().invoke(app, ["densify", str(tmp_path / "pairs.csv"), "--at", str(tmp_path / "at.csv")])
    assert ended.exit_code == 0, ended.output
    assert ended.stderr == ""
    rows = list(csv.DictReader(io.StringIO(ended.stdout)))
    return np.array([[float(row[c]) for c in "xyz"] for row in rows])


def test_fewer_pairs_than_neighbours_with_one_wrong_one(tmp_path):
    rng = np.random.default_rng(0)
    fixed = rng.uniform(-60, 60, (26, 3))
    moving = motion(fixed)
    moving[7] += [25, 0, 0]
    queries = rng.uniform(-40, 40, (10, 3))
    error = np.linalg.norm(densified(tmp_path, np.c_[fixed, moving], queries) - motion(queries), axis=1)
    assert error.mean() < 2.0
    assert error.max() < 5.0


def test_one_pair_is_a_shift(tmp_path):
    mapped = densified(tmp_path, [[0, 0, 0, 1, 2, 3]], [[5, 5, 5], [-9, 0, 1]])
    assert np.allclose(mapped, [[6, 7, 8], [-8, 2, 4]], atol=1e-3)
