"""A structure set or segmentation on a scan becomes a mask that a registration takes."""

import numpy as np
import pytest

from jobs.ports import Kind
from jobs.series import load_volume
from registration.geometry import Grid
from tests.builders.dicom import ct_series, save
from tests.builders.problems import assert_problem
from tests.builders.structures import save_object, segmentation, structure_set
from tests.service.conftest import finished

GRID = Grid((24, 20, 12), (1.5, 1.5, 2.0), (-10.0, 5.0, 100.0))
BOX = [(4.5, 3.5), (15.5, 3.5), (15.5, 12.5), (4.5, 12.5)]


def contour(z: int) -> np.ndarray:
    return GRID.index_to_mm([(x, y, z) for x, y in BOX])


@pytest.fixture
def scan(client, tmp_path):
    files = [("files", path.read_bytes()) for path in sorted(save(ct_series(GRID), tmp_path / "dicom").iterdir())]
    return client.post("/v1/series", files=files).json()["id"]


@pytest.fixture
def structures(tmp_path):
    one = structure_set({"Lung L": [contour(z) for z in range(2, 9)], "GTV-1": [contour(5)]})
    return save_object(one, tmp_path / "rs.dcm").read_bytes()


@pytest.fixture
def post(client, scan):
    def post(body, query="", scan=scan):
        return client.post(f"/v1/series/{scan}/masks{query}", files={"files": body})

    return post


def test_a_region_of_a_structure_set(post, ports, structures, client):
    answer = post(structures, "?roi=Lung%20L")
    assert answer.status_code == 201
    values = load_volume(ports.artefacts.folder(Kind.SERIES, answer.json()["id"])).values
    expected = np.zeros(GRID.shape)
    expected[2:9, 4:13, 5:16] = 1
    assert np.array_equal(values, expected)
    assert "3.1 ml" in answer.json()["report"]["notes"][0]
    assert client.get(answer.headers["location"]).json() == answer.json()
    assert post(structures, "?roi=Lung%20L").status_code == 200
    assert post(structures, "?roi=GTV-1").json()["id"] != answer.json()["id"]


def test_a_segment_of_a_segmentation(post, tmp_path):
    mask = np.zeros(GRID.shape, bool)
    mask[3:6, 4:9, 5:11] = True
    body = segmentation(tmp_path / "dicom", {"liver": mask}, tmp_path / "seg.dcm").read_bytes()
    answer = post(body)
    assert answer.status_code == 201
    assert answer.json()["report"]["value_range"] == [0, 1]


def test_refusals_leave_nothing_and_name_the_regions(post, structures, data_files):
    before = data_files()
    refusal = post(structures, "?roi=Heart")
    assert_problem(refusal, "mask-part-unknown", 422)
    assert refusal.json()["details"]["parts"] == ["Lung L", "GTV-1"]
    assert_problem(post(structures), "mask-part-unknown", 422)
    assert_problem(post(b"no mask"), "scan-unreadable", 415)
    assert_problem(post(structures, scan="0" * 32), "series-not-found", 404)
    assert data_files() == before
    assert "SECRET" not in refusal.text


def test_structure_sets_beyond_the_limit_of_other_bodies(make_client, scan, structures):
    client = make_client(limits={"request_bytes": 1000})
    assert len(structures) > 1000
    answer = client.post(f"/v1/series/{scan}/masks?roi=GTV-1", files={"files": structures})
    assert answer.status_code == 201


def test_a_registration_takes_the_mask(client, post, scan, structures, workers):
    mask = post(structures, "?roi=Lung%20L").json()["id"]
    body = {"fixed": scan, "moving": scan, "masks": {"fixed": mask}}
    answer = client.post("/v1/registrations", json=body)
    assert answer.status_code == 202
    finished(client, answer.headers["location"])
