"""`?regrid=true`: a tilted or gapped series is taken after all, under an id of its own."""

import numpy as np
import pytest

from jobs.ports import Kind
from jobs.series import load_volume
from registration.geometry import Grid
from tests.builders.dicom import ct_series, intensities, save
from tests.builders.problems import assert_problem

GRID = Grid((24, 20, 12), (1.5, 1.5, 2.0), (-10.0, 5.0, 100.0))


@pytest.fixture
def post(client, tmp_path):
    def post(slices, query=""):
        files = [("files", path.read_bytes()) for path in sorted(save(slices, tmp_path / "dicom").iterdir())]
        return client.post(f"/v1/series{query}", files=files)

    return post


def test_a_gap_is_refused_until_regridding_is_asked_for(post, ports, data_files):
    slices = ct_series(GRID)
    del slices[5]
    refusal = post(slices)
    assert_problem(refusal, "series-missing-slices", 422)
    assert "regrid" in refusal.json()["detail"]
    assert data_files() == []
    answer = post(slices, "?regrid=true")
    assert answer.status_code == 201
    body = answer.json()
    assert body["report"]["regridding"]["interpolated"] == [5]
    volume = load_volume(ports.artefacts.folder(Kind.SERIES, body["id"]))
    present = [k for k in range(12) if k != 5]
    assert volume.grid.same_place(GRID)
    assert np.array_equal(volume.values[present], intensities(GRID)[present])
    assert volume.source.instances[5].instance_uid in (slices[4].SOPInstanceUID, slices[5].SOPInstanceUID)


def test_the_same_bytes_regridded_are_another_series(post):
    plain, regridded = post(ct_series(GRID)), post(ct_series(GRID), "?regrid=true")
    assert plain.json()["id"] != regridded.json()["id"]
    assert regridded.json()["report"]["regridding"] is None
    again = post(ct_series(GRID), "?regrid=true")
    assert (again.status_code, again.json()["id"]) == (200, regridded.json()["id"])
