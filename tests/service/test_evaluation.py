"""A registration held against landmarks and organs over HTTP: the figures of the scores, and what is refused."""

import numpy as np
import pytest

from registration.evaluation.figures import LANDMARKS as FIGURES_OF_LANDMARKS
from tests.builders.images import write_image
from tests.builders.problems import assert_problem
from tests.builders.shifted import FIXED, MOVING, SHIFT

PLACES = FIXED.index_to_mm([(5.0, 6.0, 7.0), (11.0, 12.0, 9.0), (15.5, 8.0, 4.0)])
MISSES = np.array([(0.0, 0.0, 0.0), (3.0, 0.0, 4.0), (0.0, 1.0, 0.0)])
LANDMARKS = {"fixed": PLACES.tolist(), "moving": (PLACES + SHIFT + MISSES).tolist()}


def block(grid, start):
    """Eight voxels along each axis from `start` (z, y, x)."""
    labels = np.zeros(grid.shape, np.uint8)
    labels[tuple(slice(a, a + 8) for a in start)] = 1
    return labels


@pytest.fixture
def organ(upload, tmp_path):
    """The series of a mask."""

    def organ(labels, grid):
        path = write_image(labels, grid, tmp_path / "mask.mha")
        return upload(path.read_bytes()).json()["id"]

    return organ


def test_landmarks_give_every_error_and_its_figures(client, job):
    answer = client.post(f"{job}/evaluation", json={"landmarks": LANDMARKS})
    body = answer.json()
    assert answer.status_code == 200
    assert body["errors_mm"] == pytest.approx([0, 5, 1], abs=1e-4)
    assert body["errors_before_mm"] == pytest.approx(np.linalg.norm(SHIFT + MISSES, axis=1))
    assert body["figures"]["tre_mm"] == pytest.approx(2.0, abs=1e-4)
    assert body["figures"]["tre30_mm"] == pytest.approx(5.0, abs=1e-4)
    assert (body["revision"], body["undefined"]) == (0, {})
    assert answer.headers["etag"] == client.get(job).headers["etag"]


def test_organs_are_pulled_and_compared(client, job, organ):
    """The grids differ by the very shift: equal voxels are equal places, and one voxel along x is 3 mm."""
    organs = {
        "same": {"fixed": organ(block(FIXED, (5, 5, 5)), FIXED), "moving": organ(block(MOVING, (5, 5, 5)), MOVING)},
        "moved": {"fixed": organ(block(FIXED, (5, 5, 5)), FIXED), "moving": organ(block(MOVING, (5, 5, 6)), MOVING)},
        "elsewhere": {
            "fixed": organ(block(FIXED, (5, 5, 5)), FIXED),
            "moving": organ(2 * block(MOVING, (5, 5, 5)), MOVING),
        },
    }
    body = client.post(f"{job}/evaluation", json={"organs": organs}).json()
    assert (body["figures"]["dice same"], body["figures"]["hd95_mm same"]) == (1.0, 0.0)
    assert (body["figures"]["dice moved"], body["figures"]["hd95_mm moved"]) == (7 / 8, 3.0)
    assert "absent from the moving scan" in body["undefined"]["dice elsewhere 1"]
    assert "dice" in body["undefined"]
    assert body["figures"]["folds_percent_mask"] == 0.0
    assert body["figures"]["ncc"] == pytest.approx(1.0)
    assert "tre_mm" not in body["figures"]
    both = client.post(f"{job}/evaluation", json={"organs": organs, "landmarks": LANDMARKS}).json()
    assert both["figures"] == body["figures"] | {
        name: value for name, value in both["figures"].items() if name in FIGURES_OF_LANDMARKS
    }
    assert both["figures"]["tre_mm"] == pytest.approx(2.0, abs=1e-4)


def test_a_correction_shows_in_its_revision_alone(client, job):
    click = {"id": "a", "fixed": LANDMARKS["fixed"][1], "moving": LANDMARKS["moving"][1]}
    headers = {"If-Match": client.get(job).headers["etag"], "Prefer": "wait=30"}
    assert client.patch(f"{job}/correspondences", json={"set": [click]}, headers=headers).status_code == 200
    errors = [
        client.post(f"{job}/evaluation", params=asked, json={"landmarks": LANDMARKS}).json()["errors_mm"][1]
        for asked in ({}, {"revision": 0})
    ]
    assert errors == pytest.approx([0.0, 5.0], abs=0.05)


def test_what_does_not_fit_is_refused(client, job, organ):
    def refused(code, status, **body):
        assert_problem(client.post(f"{job}/evaluation", json=body), code, status)

    mask = organ(block(MOVING, (5, 5, 5)), MOVING)
    refused("validation-failed", 422, landmarks={"fixed": LANDMARKS["fixed"], "moving": LANDMARKS["moving"][:2]})
    refused("validation-failed", 422, landmarks={"fixed": [], "moving": []})
    refused("validation-failed", 422)
    refused("point-outside-scan", 422, landmarks={"fixed": [[9e5, 0, 0]], "moving": [[0, 0, 0]]})
    refused("series-not-found", 404, organs={"liver": {"fixed": "0" * 32, "moving": mask}})
    refused("mask-grid-mismatch", 422, organs={"liver": {"fixed": mask, "moving": mask}})
    elsewhere = client.post("/v1/registrations/nothing/evaluation", json={"landmarks": LANDMARKS})
    assert_problem(elsewhere, "registration-not-found", 404)
