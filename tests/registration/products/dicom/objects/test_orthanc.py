"""A real archive keeps every object as it is and finds it under the fixed scan's study."""

import httpx
import pydicom
import pytest

from tests.builders.dicom_objects import NAMES, written
from tests.builders.orthanc import needs_orthanc

pytestmark = needs_orthanc


@pytest.fixture(scope="module")
def kept(tmp_path_factory, running_orthanc):
    """The objects of an oblique result, stored; and a client of the archive."""
    running_orthanc.clear()
    objects = written(tmp_path_factory.mktemp("kept"), "oblique and far")
    with httpx.Client(base_url=f"http://127.0.0.1:{running_orthanc.http}", trust_env=False, timeout=60) as client:
        for files in objects.files.values():
            for file in files:
                client.post("/instances", content=file.read_bytes()).raise_for_status()
        yield objects, client
    running_orthanc.clear()


@pytest.mark.parametrize("name", NAMES)
def test_an_object_comes_back_as_it_was(kept, name):
    objects, client = kept
    for file in objects.files[name]:
        (found,) = client.post("/tools/lookup", content=file.stem).json()
        assert client.get(f"/instances/{found['ID']}/file").content == file.read_bytes()


def test_all_series_are_found_under_the_study_of_the_fixed_scan(kept):
    objects, client = kept
    study = objects.outcome.stored.fixed.source.study_uid
    answer = client.get(f"/dicom-web/studies/{study}/series", headers={"Accept": "application/dicom+json"}).json()
    expected = [pydicom.dcmread(files[0], stop_before_pixels=True) for files in objects.files.values()]
    found = {one["0020000E"]["Value"][0]: one["00080060"]["Value"][0] for one in answer}
    assert found == {one.SeriesInstanceUID: one.Modality for one in expected}
