"""A field of another tool through a running service: taken over, corrected by click, and organs warped by it."""

import signal

import numpy as np
import pytest
import SimpleITK as sitk

from registration.field.displacement import DisplacementField
from registration.products.displacement_field import write_field
from tests.builders.images import write_image
from tests.builders.shifted import FIXED, MOVING, SHIFT

pytestmark = pytest.mark.slow
MIDDLE = FIXED.corners().mean(0)


def test_a_foreign_field_is_adopted_clicked_and_warps_organs(serve, tmp_path):
    server = serve()
    field = DisplacementField(np.broadcast_to(np.float32(SHIFT), (*FIXED.shape, 3)), FIXED)
    write_field(field, tmp_path / "0Warp.nii.gz", format="nifti")
    name = uploaded(server, tmp_path / "0Warp.nii.gz")
    job = server.register(server.upload_pair() | {"field": name})
    assert server.wait(job, "succeeded")["model"]["name"] == "foreign field"
    before = vectors(server, job, tmp_path)
    click = {"id": "a", "fixed": MIDDLE.tolist(), "moving": (MIDDLE + SHIFT + (2.0, -1.0, 1.0)).tolist()}
    tag = server.http.get(job).headers["etag"]
    edit = server.http.patch(f"{job}/correspondences", json={"set": [click]}, headers={"If-Match": tag}).json()
    after, inside = vectors(server, job, tmp_path), np.zeros(FIXED.shape, bool)
    inside[tuple(slice(*ends) for ends in zip(edit["box"]["start"][::-1], edit["box"]["stop"][::-1], strict=True))] = 1
    assert np.array_equal(after[~inside], before[~inside])
    assert not np.array_equal(after, before)
    organs = np.zeros(MOVING.shape, np.uint8)
    organs[4:14, 5:15, 6:16] = 7
    asked = {"series": uploaded(server, write_image(organs, MOVING, tmp_path / "organs.mha")), "kind": "labels"}
    told = server.http.post(f"{job}/warp", json=asked, headers={"Accept": "application/json"}).json()
    assert [row["label"] for row in told["labels"]] == [7]
    assert told["labels"][0]["after_ml"] == pytest.approx(36.0, rel=0.1)
    assert server.end(signal.SIGINT) == 0


def uploaded(server, path):
    return server.http.post("/v1/series", files={"files": path.read_bytes()}).json()["id"]


def vectors(server, job, folder):
    (folder / "out.mha").write_bytes(server.http.get(f"{job}/field?format=mha").content)
    return sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "out.mha")))
