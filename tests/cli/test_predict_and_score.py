"""Both passes as their users see them: predict, score, compare, and what is refused."""

import csv
import json
import sys

import pytest

from cli.main import main
from tests.builders.official_data import write_official

PEER = "tests.builders.official_data:gentle"


@pytest.fixture
def kernelreg(monkeypatch, capsys):
    """Runs the command: (exit code, stdout, stderr)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["kernelreg", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return run


@pytest.fixture
def data(tmp_path):
    return write_official(tmp_path / "NLST").parent


def test_two_methods_are_predicted_scored_and_compared(kernelreg, data, tmp_path):
    still, peer = tmp_path / "still", tmp_path / "peer"
    for folder, method in ((still, "identity"), (peer, PEER)):
        code, out, err = kernelreg("predict", data, "--method", method, "--output", folder)
        assert (code, err.count("CPU s")) == (0, 3)
        assert "3 of 3 pairs registered" in out
    assert kernelreg("predict", data, "--method", PEER, "--output", peer)[2].count("kept") == 3
    assert kernelreg("score", still, data)[0] == 0
    code, out, err = kernelreg("score", peer, data, "--against", still)
    assert (code, err.count("TRE")) == (0, 3)
    assert "| against still | difference |" in out
    assert out == (peer / "scores" / "table.md").read_text()
    assert len(list(csv.DictReader((peer / "scores" / "cases.csv").read_text().splitlines()))) == 3
    scores = json.loads((peer / "scores" / "scores.json").read_text())
    assert scores["settings"]["method"] == PEER
    assert scores["compared"]["still"]["tre_mm"]["count"] == 3


def test_what_does_not_belong_together_is_refused(kernelreg, data, tmp_path):
    folder = tmp_path / "still"
    assert kernelreg("predict", data, "--method", "identity", "--output", folder)[0] == 0
    for arguments, told in (
        (("predict", data, "--method", PEER, "--output", folder), "method is 'identity'"),
        (("predict", data, "--method", "magic", "--output", folder), "[method-unknown]"),
        (("predict", data, "--split", "test", "--output", folder), "[data-set-invalid]"),
        (("score", data, data), "prediction.json is missing"),
        (("score", folder, data, "--against", tmp_path / "nowhere"), "scores.json is missing"),
    ):
        code, _, err = kernelreg(*arguments)
        assert code == 2, err
        assert told in err
