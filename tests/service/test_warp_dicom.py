"""Warped volumes as DICOM: labels as a Segmentation of the fixed scan, intensities as a derived series of their own."""

import io
import zipfile

import numpy as np
import pytest
from pydicom import dcmread

from registration.dicom import SeriesIdentity, write_dicom_series
from registration.geometry import Grid
from registration.volume import Volume
from tests.builders.images import write_image
from tests.builders.problems import assert_problem
from tests.builders.shifted import FIXED, MOVING, texture

FINER = Grid((48, 44, 40), (1.5, 1.5, 2.0), MOVING.origin_mm)


@pytest.fixture
def uploaded(upload, tmp_path):
    """Uploads an array on a grid as a DICOM series; its id."""

    def uploaded(values, grid, number, frame):
        identity = SeriesIdentity("2.25.10", f"2.25.2{number}", frame, "SECRET^NAME", "SECRET-ID", str(number))
        paths = write_dicom_series(Volume(np.float32(values), grid), tmp_path / str(number), identity)
        return upload(*(path.read_bytes() for path in paths)).json()["id"]

    return uploaded


@pytest.fixture
def pair(uploaded):
    return {"fixed": uploaded(texture(), FIXED, 0, "2.25.51"), "moving": uploaded(texture(), MOVING, 1, "2.25.52")}


def test_labels_become_a_segmentation(client, job, upload, tmp_path):
    values = np.zeros(MOVING.shape, np.uint8)
    values[5:12, 6:15, 5:16] = 3
    name = upload(write_image(values, MOVING, tmp_path / "labels.mha").read_bytes()).json()["id"]
    asked = {"series": name, "kind": "labels", "format": "dicom"}
    answer = client.post(f"{job}/warp", json=asked)
    assert answer.headers["content-type"] == "application/dicom"
    one = dcmread(io.BytesIO(answer.content))
    assert (one.Modality, one.FrameOfReferenceUID) == ("SEG", "2.25.51")
    assert int(one.pixel_array.sum()) == int((values == 3).sum())  # the grids are those of the shift
    assert_problem(client.post(f"{job}/warp", json=asked | {"series": name, "kind": "mask"}), "validation-failed", 422)


def test_intensities_become_a_series_that_names_its_own_source(client, job, pair, uploaded):
    frame = "2.25.52"
    name = uploaded(np.repeat(np.repeat(np.repeat(texture(), 2, 0), 2, 1), 2, 2), FINER, 2, frame)
    answer = client.post(f"{job}/warp", json={"series": name, "format": "dicom"})
    assert answer.headers["content-type"] == "application/zip"
    slices = unzipped(answer)
    assert len(slices) == FIXED.size[2]
    assert {one.FrameOfReferenceUID for one in slices} == {"2.25.51"}
    named = {one.ReferencedSOPInstanceUID for s in slices for one in s.get("SourceImageSequence", [])}
    own = {one.SOPInstanceUID for one in slices}
    scan = unzipped(client.get(f"{job}/warped?format=dicom"))
    assert named
    assert own.isdisjoint({one.SOPInstanceUID for one in scan})
    assert named.isdisjoint(ref.ReferencedSOPInstanceUID for s in scan for ref in s.get("SourceImageSequence", []))


def test_a_volume_of_another_frame_of_reference_is_warped_and_told(client, job, uploaded):
    name = uploaded(texture(), MOVING, 3, "2.25.99")
    told = client.post(f"{job}/warp", json={"series": name}, headers={"Accept": "application/json"}).json()
    assert "frame of reference" in told["notes"][0]


def unzipped(answer):
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return [dcmread(io.BytesIO(archive.read(one))) for one in archive.namelist()]
