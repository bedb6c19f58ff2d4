"""The margin over HTTP: balls on either scan, known to a voxel, and everything that is refused."""

import html
import re

import numpy as np
import pytest

from tests.builders.images import write_image
from tests.builders.problems import assert_problem
from tests.builders.shifted import FIXED, MOVING, SHIFT
from tests.builders.treated import ball

CENTRE = FIXED.corners().mean(axis=0)
STEP = max(FIXED.spacing_mm)


@pytest.fixture
def mask(upload, tmp_path):
    """The series of a mask."""

    def mask(volume):
        path = write_image(volume.values.astype(np.uint8), volume.grid, tmp_path / "mask.mha")
        return upload(path.read_bytes()).json()["id"]

    return mask


@pytest.fixture
def drawn(mask):
    """A tumour of 8 mm on the fixed scan, a zone of 20 mm on the moving one, 4 mm aside."""
    tumour, zone = ball(FIXED, CENTRE, 8.0), ball(MOVING, CENTRE + SHIFT - (4.0, 0, 0), 20.0)
    return {
        "tumour": {"scan": "fixed", "mask": mask(tumour)},
        "ablation": {"scan": "moving", "mask": mask(zone)},
    }


def test_the_margin_its_place_and_what_the_bound_leaves(client, job, drawn):
    """12 mm less 4; every point is promised to within 2 mm."""
    answer = client.post(f"{job}/margin", json=drawn)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    minimum = body["minimum_mm"]
    assert minimum["measured"] == pytest.approx(8.0, abs=STEP)
    assert (minimum["measured"] - minimum["least"], minimum["most"] - minimum["measured"]) == pytest.approx((2, 2))
    assert body["at"]["fixed"][0] > CENTRE[0]
    assert np.subtract(body["at"]["moving"], body["at"]["fixed"]) == pytest.approx(SHIFT, abs=1e-4)
    assert body["surface_percent"]["safe"]["measured"] == 100.0
    assert body["volume_percent"] == {"tumour": 100.0, "shell": 100.0}
    assert body["regions"]["ablation"]["drawn_ml"] == pytest.approx(4 / 3 * np.pi * 8, rel=0.05)
    assert body["regions"]["ablation"]["scan"] == "moving"
    assert len(body["points"]["fixed_mm"]) == body["surface_voxels"] == sum(body["histogram"]["voxels"])
    assert (body["revision"], body["near_capsule_voxels"]) == (0, 0)
    assert answer.headers["etag"] == client.get(job).headers["etag"]


def test_near_the_capsule_nothing_is_asked(client, job, drawn, mask):
    organ = {"scan": "fixed", "mask": mask(ball(FIXED, CENTRE - (14.0, 0, 0), 24.0))}
    body = client.post(f"{job}/margin", json=drawn | {"organ": organ, "capsule_mm": 6}).json()
    assert body["near_capsule_voxels"] > 0
    assert max(x for x, *_ in body["points"]["fixed_mm"]) < CENTRE[0] + 8.0
    assert any("nearer than 6 mm" in note for note in body["notes"])


def test_a_correction_moves_the_zone_and_the_old_revision_stays(client, job, drawn):
    before = client.post(f"{job}/margin", json=drawn).json()
    place = np.add(CENTRE, (8.0, 0, 0))
    click = {"id": "a", "fixed": place.tolist(), "moving": (place + SHIFT - (6.0, 0, 0)).tolist()}
    headers = {"If-Match": client.get(job).headers["etag"], "Prefer": "wait=30"}
    assert client.patch(f"{job}/correspondences", json={"set": [click]}, headers=headers).status_code == 200
    after = client.post(f"{job}/margin", json=drawn).json()
    assert after["revision"] == 1
    assert after["minimum_mm"]["measured"] != before["minimum_mm"]["measured"]
    assert any("field: 1;" in note for note in after["notes"])
    assert client.post(f"{job}/margin", json=drawn, params={"revision": 0}).json() == before


def test_the_report_is_a_page_that_loads_and_runs_nothing(client, job, drawn, data_files):
    figures = client.post(f"{job}/margin", json=drawn).json()
    answer = client.post(f"{job}/margin", json=drawn, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert html.escape(figures["judgement"]) in answer.text
    assert not re.search(r"<script|(?:src|href)=\"(?!data:)", answer.text)
    again = client.post(f"{job}/margin", json=drawn, headers={"Accept": "text/html"})
    assert again.text == answer.text
    client.post(f"{job}/margin", json=drawn | {"capsule_mm": 2}, headers={"Accept": "text/html"})
    assert sum("margin-" in path for path in data_files()) == 2
    assert client.delete(job).status_code == 204
    assert not any("margin-" in path for path in data_files())


def test_what_has_no_margin_is_refused(client, job, drawn, mask):
    def refused(code, status, **change):
        assert_problem(client.post(f"{job}/margin", json=drawn | change), code, status)

    refused("validation-failed", 422, tumour={"scan": "warped", "mask": drawn["tumour"]["mask"]})
    refused("validation-failed", 422, capsule_mm=-1)
    refused("validation-failed", 422, liver=drawn["tumour"])
    refused("series-not-found", 404, ablation={"scan": "moving", "mask": "0" * 32})
    refused("mask-grid-mismatch", 422, ablation={"scan": "fixed", "mask": drawn["ablation"]["mask"]})
    empty = mask(ball(FIXED, CENTRE + 500.0, 1.0))
    refused("mask-empty", 422, tumour={"scan": "fixed", "mask": empty})
    aside = mask(ball(FIXED, CENTRE - (25.0, 0, 0), 8.0))
    refused("figure-undefined", 422, organ={"scan": "fixed", "mask": aside})
    assert_problem(client.post("/v1/registrations/none/margin", json=drawn), "registration-not-found", 404)
