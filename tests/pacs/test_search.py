"""Searching a real Orthanc, and archives that answer badly."""

import httpx
import pytest

from pacs import dicomweb
from pacs.dicomweb import DicomWeb, datasets
from pacs.errors import PacsError
from tests.builders.dicom import SERIES, STUDY, ct_series, save
from tests.builders.orthanc import needs_orthanc


@pytest.fixture
def filled(pacs, tmp_path):
    for file in save(ct_series(), tmp_path / "scan").iterdir():
        httpx.post(f"http://127.0.0.1:{pacs.http}/instances", content=file.read_bytes(), trust_env=False)
    return pacs


@needs_orthanc
def test_a_series_is_found_in_its_study(filled):
    with DicomWeb(filled.archive()) as web:
        assert [one.StudyInstanceUID for one in web.search_studies({"PatientID": "SECRET-ID"})] == [STUDY]
        assert [one.SeriesInstanceUID for one in web.search_series(STUDY)] == [SERIES]
        assert len(web.search_instances(STUDY, SERIES)) == 9
        assert [one.ImageType for one in web.sample(STUDY, SERIES)] == [["ORIGINAL", "PRIMARY", "AXIAL"]]


@needs_orthanc
def test_results_come_page_by_page(filled, monkeypatch):
    monkeypatch.setattr(dicomweb, "PAGE", 2)
    with DicomWeb(filled.archive()) as web:
        found = web.search_instances(STUDY, SERIES)
    assert len({one.SOPInstanceUID for one in found}) == 9


@needs_orthanc
def test_what_is_not_there_is_not_found(pacs):
    with DicomWeb(pacs.archive()) as web:
        assert web.search_studies({"PatientID": "nobody"}) == []
        assert web.search_instances("1.2.3", "1.2.3.4") == []


@needs_orthanc
@pytest.mark.parametrize("uid", ["", "../../instances", "1.2/../3", "1" * 65, "1.2?x=y"])
def test_a_uid_stays_a_uid(pacs, uid):
    with DicomWeb(pacs.archive()) as web, pytest.raises(PacsError) as refused:
        web.search_series(uid)
    assert refused.value.code == "pacs-series-not-found"


@pytest.mark.parametrize("text", [b"<html>", b"[1]", b'[{"0020000D": {"vr": "UI", "Value": 3}}]', b"[[]]"])
def test_what_is_no_dicom_json_is_refused(text):
    with pytest.raises(PacsError) as refused:
        datasets(text)
    assert refused.value.code == "pacs-answer-invalid"
