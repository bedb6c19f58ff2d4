"""The demonstration on a smaller phantom, and a verdict that would notice a broken promise."""

import dataclasses

import numpy as np
import pytest

from cli.demonstration.client import connected
from cli.demonstration.measured import BEFORE, CORRECTED, REGISTERED, Click, Measured
from cli.demonstration.service import DemoError, running
from cli.demonstration.story import CORRECTIONS, Story
from cli.demonstration.summary import FILES, show
from cli.demonstration.verdict import promises
from registration.geometry import Grid
from registration.phantom import make_phantom, write_phantom

RIGHT_SIDE = Grid((44, 44, 34), (2.5, 2.5, 4.0), (-110.0, -60.0, -62.0))
GOOD = Click(landmark=0, before_mm=9.0, after_mm=0.01, seconds=0.1, changed=5, changed_outside=0, voxels=100, folds=0)


@pytest.mark.slow
def test_every_promise_is_kept_and_everything_is_left_to_look_at(tmp_path, capsys):
    pair, measured, said = make_phantom("thorax", seed=1, grid=RIGHT_SIDE), Measured(), []
    write_phantom(pair, tmp_path / "pair")
    with running(tmp_path / "service.log") as url, connected(url) as client:
        Story(pair, tmp_path, client, measured, said.append).play()
    assert [what for what, kept in promises(measured).items() if not kept] == []
    assert measured.not_clicked().sum() == len(pair.landmarks_fixed) - CORRECTIONS
    assert {*FILES, "service.log"} == {path.name for path in tmp_path.iterdir()}
    assert sum(line.startswith("correction") for line in said) == CORRECTIONS
    show(measured, tmp_path)
    assert "BROKEN" not in capsys.readouterr().out


def test_a_service_that_cannot_start_is_reported_in_its_own_words(tmp_path, monkeypatch):
    monkeypatch.setenv("KERNELREG_API_KEYS", "me:short")
    with pytest.raises(DemoError, match=r"ended before it was ready: .*API key"), running(tmp_path / "log"):
        pass


def measured(**changes):
    errors = {BEFORE: np.full(4, 9.0), REGISTERED: np.full(4, 2.0), CORRECTED: np.full(4, 1.0)}
    return dataclasses.replace(
        Measured(errors_mm=errors, clicks=[GOOD], residuals_mm={"a": 0.0}, qa={"folds": 0}), **changes
    )


BREACHES = {
    "nearer": {"errors_mm": {BEFORE: np.ones(4), REGISTERED: np.full(4, 2.0), CORRECTED: np.full(4, 0.5)}},
    "nearer still": {"errors_mm": {BEFORE: np.full(4, 9.0), REGISTERED: np.ones(4), CORRECTED: np.full(4, 2.0)}},
    "every click": {"clicks": [GOOD, dataclasses.replace(GOOD, after_mm=0.06)]},
    "of every click": {"residuals_mm": {"a": 0.0, "b": 0.06}},
    "outside the box": {"clicks": [GOOD, dataclasses.replace(GOOD, changed_outside=1)]},
    "folds": {"qa": {"folds": 1}},
    "nothing folds": {"clicks": [GOOD, dataclasses.replace(GOOD, folds=1)]},
}


def test_kept_promises_are_called_kept():
    assert all(promises(measured()).values())


def test_a_click_that_the_service_says_it_met_in_part_breaks_no_promise():
    in_part = dataclasses.replace(GOOD, landmark=1, after_mm=1.5)
    told = {"clicks": [GOOD, in_part], "residuals_mm": {"landmark-0": 0.0, "landmark-1": 1.5}}
    assert not all(promises(measured(**told)).values())
    assert all(promises(measured(**told, relaxed=["landmark-1"])).values())


@pytest.mark.parametrize("what", BREACHES)
def test_each_broken_promise_is_named(what):
    broken = [promise for promise, kept in promises(measured(**BREACHES[what])).items() if not kept]
    assert len(broken) == 1
    assert what in broken[0]
