"""What the command line says about scans and masks: regridding when asked, regions by name."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.scans import mask_at, scan_at
from registration.errors import ScanError
from tests.builders.dicom import GRID, ct_series, save
from tests.builders.structures import save_object, structure_set


@pytest.fixture
def gapped(tmp_path):
    slices = ct_series()
    del slices[4]
    return save(slices, tmp_path / "scan")


def test_a_gap_is_an_error_until_regridding_is_asked_for(gapped):
    ended = CliRunner().invoke(app, ["inspect", str(gapped)])
    assert isinstance(ended.exception, ScanError)
    assert "regrid" in ended.exception.message
    ended = CliRunner().invoke(app, ["inspect", str(gapped), "--regrid", "--json"])
    assert json.loads(ended.stdout)["regridding"]["interpolated"] == [4]


def test_a_region_of_a_structure_set_is_a_mask(tmp_path):
    scan = scan_at(save(ct_series(), tmp_path / "scan")).volume
    square = GRID.index_to_mm([(x, y, 3) for x, y in [(9.5, 7.5), (20.5, 7.5), (20.5, 15.5), (9.5, 15.5)]])
    path = save_object(structure_set({"GTV": [square], "Lung L": [square + 1]}), tmp_path / "rs.dcm")
    mask = mask_at(path, scan, "gtv")
    assert np.array_equal(np.argwhere(mask.values).min(0), (3, 8, 10))
    assert mask.values.sum() == 11 * 8
    with pytest.raises(ScanError) as caught:
        mask_at(path, scan)
    assert caught.value.details["parts"] == ["GTV", "Lung L"]
    assert "rs.dcm" in caught.value.message
    assert mask_at(None, scan) is None


def test_a_region_of_another_frame_of_reference_is_refused(tmp_path):
    scan = scan_at(save(ct_series(), tmp_path / "scan")).volume
    square = GRID.index_to_mm([(x, y, 3) for x, y in [(9, 7), (20, 7), (20, 15)]])
    path = save_object(structure_set({"GTV": [square]}, frame_uid="1.2.3"), tmp_path / "rs.dcm")
    with pytest.raises(ScanError) as caught:
        mask_at(path, scan)
    assert caught.value.code == "mask-grid-mismatch"
