"""Studies that lie in a PACS, paired by what a real Orthanc answers about them."""

import httpx
import pytest
from pydicom.uid import generate_uid

from registration.geometry import Grid
from tests.builders.dicom import ct_series, save
from tests.builders.orthanc import archives, needs_orthanc
from tests.builders.problems import assert_problem

pytestmark = needs_orthanc
GRID = Grid((24, 20, 12), (1.5, 1.5, 2.0), (-10.0, 5.0, 100.0))
BEFORE, AFTER = (generate_uid(entropy_srcs=["pairings in a PACS", name]) for name in ("before", "after"))


def uid(*names):
    return generate_uid(entropy_srcs=["pairings in a PACS", *names])


def made(study, name, *, kernel="B30f", patient="SECRET-ID"):
    """A series of a study."""
    found = ct_series(GRID, series_uid=uid(study, name))
    for one in found:
        one.StudyInstanceUID, one.SeriesDescription, one.PatientID = study, name, patient
        one.FrameOfReferenceUID, one.SliceThickness, one.ConvolutionKernel = uid(study, "frame"), 2.0, kernel
    return found


@pytest.fixture
def client(make_client, pacs):
    return make_client(archives=archives(pacs.archive()))


@pytest.fixture
def store(pacs, tmp_path):
    """Puts series into the PACS."""

    def store(*series):
        for number, one in enumerate(series):
            for file in save(one, tmp_path / f"{number}").iterdir():
                url = f"http://127.0.0.1:{pacs.http}/instances"
                httpx.post(url, content=file.read_bytes(), trust_env=False).raise_for_status()

    return store


def asked(**more):
    return {"fixed": {"study": BEFORE, "pacs": "main"}, "moving": {"study": AFTER, "pacs": "main"}} | more


FLAGS = ["different-frames-of-reference"]


def test_the_like_series_of_two_studies_are_found_and_registered_by_reference(client, store):
    store(
        *(made(study, name, kernel=k) for study in (BEFORE, AFTER) for name, k in (("soft", "B30f"), ("lung", "B70f")))
    )
    answer = client.post("/v1/pairings", json=asked())
    body = answer.json()
    first = body["candidates"][0]
    assert first["fixed"]["named"] == {"study": BEFORE, "pacs": "main", "series": uid(BEFORE, "soft")}
    assert first["moving"]["series"] == uid(AFTER, "soft")
    assert (first["fixed"]["kernel"], first["fixed"]["slices"], first["fixed"]["plane"]) == ("B30F", 12, "axial")
    assert (body["ambiguous"], first["flags"]) == (False, FLAGS)
    assert "SECRET" not in answer.text
    assert_problem(client.post("/v1/registrations", json=asked()), "pair-unconfirmed", 409)
    accepted = client.post("/v1/registrations", json=asked(confirm=FLAGS))
    assert accepted.status_code == 202
    assert accepted.json()["request"]["fixed"]["series"] == uid(BEFORE, "soft")


def test_patients_are_compared_by_what_the_archive_knows(client, store):
    store(made(BEFORE, "soft"), made(AFTER, "soft", patient="ANOTHER"))
    answer = client.post("/v1/registrations", json=asked(confirm=FLAGS))
    assert assert_problem(answer, "pair-unconfirmed", 409)["details"]["flags"] == ["different-patients"]
    assert "ANOTHER" not in answer.text


def test_one_side_uploaded_the_other_in_the_archive(client, store, upload, tmp_path):
    store(made(AFTER, "soft"), made(AFTER, "lung", kernel="B70f"))
    files = save(made(BEFORE, "soft"), tmp_path / "uploaded").iterdir()
    own = upload(*(file.read_bytes() for file in files)).json()["id"]
    body = client.post("/v1/pairings", json=asked(fixed={"study": BEFORE})).json()
    assert body["candidates"][0]["fixed"]["named"] == own
    assert body["candidates"][0]["moving"]["series"] == uid(AFTER, "soft")


def test_what_the_archive_does_not_hold_or_is_not(client, store):
    store(made(AFTER, "soft"))
    assert_problem(client.post("/v1/pairings", json=asked()), "study-not-found", 404)
    elsewhere = {"study": BEFORE, "pacs": "nowhere"}
    assert_problem(client.post("/v1/pairings", json=asked(fixed=elsewhere)), "pacs-unknown")
