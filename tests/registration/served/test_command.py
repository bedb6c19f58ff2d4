"""The export command: what it writes, and what it refuses to hand to a server."""

import sys

import pytest

from registration import export
from registration.served.specs import MODELS


@pytest.fixture
def run(tmp_path, monkeypatch):
    def command() -> None:
        monkeypatch.setattr(sys, "argv", ["export", str(tmp_path)])
        export.main()

    return command


def test_it_says_which_models_it_wrote(run, tmp_path, capsys):
    run()
    written = capsys.readouterr().out
    for model in MODELS:
        assert f"{tmp_path / model.name}  " in written
        assert (tmp_path / model.name / "1" / "model.pt").is_file()


def test_models_that_no_worker_would_accept_are_refused(run, monkeypatch):
    monkeypatch.setattr(export, "expected_fingerprints", lambda: {"match_scan": "0" * 64})
    with pytest.raises(SystemExit, match="make models"):
        run()
