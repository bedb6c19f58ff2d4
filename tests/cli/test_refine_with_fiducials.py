"""Correspondences that a PACS kept as DICOM refine a result as a table of them does."""

import sys

import numpy as np
import pytest

from cli.main import main
from registration.archive import load_result
from registration.products.dicom.fiducials import write_fiducials
from registration.products.outcome import outcome_of
from tests.builders.dicom_objects import BASE, STAMP
from tests.builders.fields import clicks_on
from tests.builders.sourced import sourced_result


def test_refine_takes_the_fiducials_of_another_time(tmp_path, monkeypatch):
    stored = sourced_result(tmp_path, grid=BASE)
    given = clicks_on(stored.base, 3, apart_mm=8)
    (file,) = write_fiducials(outcome_of(stored, given), STAMP, tmp_path)
    monkeypatch.setattr(sys, "argv", ["kernelreg", "refine", str(stored.folder), "--correspondences", str(file)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    applied = load_result(stored.folder).corrections
    assert applied.ids == given.ids
    moving = [[c.moving_mm for c in one.correspondences] for one in (applied, given)]
    assert np.abs(np.subtract(*moving)).max() < 1e-9
