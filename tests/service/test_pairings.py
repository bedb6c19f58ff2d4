"""Two studies instead of two series: ranked pairs, one that is started only if it is clear and of one patient."""

import numpy as np
import pytest
from pydicom.uid import generate_uid

from jobs.model import RegistrationRequest
from jobs.starting import start
from registration.geometry import Grid
from tests.builders.dicom import ct_series, save
from tests.builders.problems import assert_problem
from tests.builders.shifted import FIXED as IMAGE_GRID
from tests.builders.shifted import image_bytes
from tests.service.conftest import finished

GRID = Grid((24, 20, 12), (1.5, 1.5, 2.0), (-10.0, 5.0, 100.0))
BEFORE, AFTER = (generate_uid(entropy_srcs=["pairings", name]) for name in ("before", "after"))


def uid(*names):
    return generate_uid(entropy_srcs=["pairings", *names])


@pytest.fixture
def send(upload, tmp_path):
    """Uploads a series of a study; what is given replaces attributes of every slice."""

    def send(study, name, *, slices=GRID.size[2], **attributes):
        grid = Grid((*GRID.size[:2], slices), GRID.spacing_mm, GRID.origin_mm)
        series = ct_series(grid, series_uid=uid(study, name))
        told = {"SliceThickness": 2.0, "ConvolutionKernel": "B30f", "PatientID": "SECRET-ID"} | attributes
        for one in series:
            one.StudyInstanceUID, one.SeriesDescription = study, name
            one.FrameOfReferenceUID = uid(study, "frame")
            for keyword, value in told.items():
                setattr(one, keyword, value)
        files = sorted(save(series, tmp_path / study / name).iterdir())
        return upload(*(path.read_bytes() for path in files)).json()["id"]

    return send


@pytest.fixture
def studies(send):
    """Before and after with a soft and a sharp series each; the ids of the two that belong together."""
    for study in (BEFORE, AFTER):
        send(study, "thorax lung", ConvolutionKernel="B70f")
    return {"fixed": send(BEFORE, "thorax soft"), "moving": send(AFTER, "thorax soft")}


def asked(fixed=BEFORE, moving=AFTER, **more):
    return {"fixed": {"study": fixed}, "moving": {"study": moving}} | more


FRAMES = {"confirm": ["different-frames-of-reference"]}


def test_the_pairs_of_two_studies_come_ranked_with_reasons_and_flags(client, studies):
    answer = client.post("/v1/pairings", json=asked())
    assert answer.status_code == 200
    body = answer.json()
    first = body["candidates"][0]
    assert (first["fixed"]["named"], first["moving"]["named"]) == (studies["fixed"], studies["moving"])
    assert (body["ambiguous"], body["candidates_in_all"], len(body["candidates"])) == (False, 4, 4)
    assert first["flags"] == ["different-frames-of-reference"]
    assert "same kernel" in first["reasons_for"]
    assert "different frame of reference" in first["reasons_against"]
    scores = [one["score"] for one in body["candidates"]]
    assert scores == sorted(scores, reverse=True)
    assert not [secret for secret in ("SECRET", "thorax") if secret in answer.text]


def test_one_series_of_a_study_can_be_settled(client, studies):
    body = client.post(
        "/v1/pairings",
        json={"fixed": {"study": BEFORE, "series": uid(BEFORE, "thorax lung")}, "moving": {"study": AFTER}},
    ).json()
    assert body["candidates_in_all"] == 2
    assert body["candidates"][0]["moving"]["series"] == uid(AFTER, "thorax lung")


def test_of_a_series_that_came_twice_the_complete_one_counts(client, send):
    send(BEFORE, "soft", slices=10)
    whole = send(BEFORE, "soft")
    send(AFTER, "soft")
    body = client.post("/v1/pairings", json=asked()).json()
    assert [one["fixed"]["named"] for one in body["candidates"]] == [whole]


def test_a_clear_pair_is_started_once_it_is_confirmed(client, studies, workers):
    problem = assert_problem(client.post("/v1/registrations", json=asked()), "pair-unconfirmed", 409)
    assert problem["details"]["flags"] == FRAMES["confirm"]
    assert problem["details"]["candidates"][0]["fixed"]["named"] == studies["fixed"]
    answer = client.post("/v1/registrations", json=asked(**FRAMES))
    assert answer.status_code == 202
    body = client.get(finished(client, answer.headers["location"])).json()
    assert {side: body["request"][side] for side in studies} == studies
    assert "frames of reference" in body["notices"][0]


def test_an_ambiguous_pair_is_never_started(client, studies, send):
    send(AFTER, "thorax  soft")
    problem = assert_problem(client.post("/v1/registrations", json=asked(**FRAMES)), "pair-ambiguous", 409)
    assert len(problem["details"]["candidates"]) == 5
    assert client.post("/v1/pairings", json=asked()).json()["ambiguous"]
    assert client.get("/v1/registrations").json()["items"] == []


def test_a_study_with_a_settled_series(client, studies, workers):
    body = {"fixed": {"study": BEFORE, "series": uid(BEFORE, "thorax soft")}, "moving": studies["moving"]}
    answer = client.post("/v1/registrations", json=body)
    assert answer.status_code == 202
    assert client.get(answer.headers["location"]).json()["request"]["fixed"] == studies["fixed"]


def test_an_id_on_one_side_and_a_study_on_the_other(client, studies):
    answer = client.post("/v1/registrations", json={"fixed": studies["fixed"], "moving": {"study": AFTER}, **FRAMES})
    assert client.get(answer.headers["location"]).json()["request"]["moving"] == studies["moving"]


@pytest.mark.parametrize("named", ["studies", "series"])
def test_different_patients_are_refused_unless_that_is_meant(client, send, named):
    pair = {"fixed": send(BEFORE, "soft"), "moving": send(AFTER, "soft", PatientID="ANOTHER")}
    body = pair if named == "series" else asked(**FRAMES)
    problem = assert_problem(client.post("/v1/registrations", json=body), "pair-unconfirmed", 409)
    assert problem["details"]["flags"] == ["different-patients"]
    assert not [secret for secret in ("SECRET", "ANOTHER") if secret in str(problem)]
    told = ["different-patients", *body.get("confirm", [])]
    answer = client.post("/v1/registrations", json=body | {"confirm": told})
    assert answer.status_code == 202
    assert "different patients" in answer.json()["notices"][0]


def test_frames_of_reference_of_named_series_are_told_not_refused(client, studies):
    answer = client.post("/v1/registrations", json=studies)
    assert answer.status_code == 202
    assert answer.json()["notices"] == [
        "The scans have different frames of reference, as scans of two studies usually do."
    ]


def test_the_worker_looks_at_the_patients_again(client, send, ports, workers):
    """What the front door could not know: scans that are fetched only when the job runs."""
    pair = {"fixed": send(BEFORE, "soft"), "moving": send(AFTER, "soft", PatientID="ANOTHER")}
    record = start(ports, "local", RegistrationRequest(**pair), None)
    events = client.get(f"/v1/registrations/{record.id}/events").text  # until it has ended
    found = client.get(f"/v1/registrations/{record.id}").json()
    assert (found["state"], found["error"]["code"]) == ("failed", "pair-unconfirmed"), events


def test_images_without_patients_are_registered_as_ever(client, upload, tmp_path):
    pair = {
        side: upload(image_bytes(IMAGE_GRID, tmp_path, seed=seed)).json()["id"]
        for seed, side in enumerate(("fixed", "moving"))
    }
    answer = client.post("/v1/registrations", json=pair)
    assert (answer.status_code, answer.json()["notices"]) == (202, [])


def test_one_study_with_both_scans_in_order_of_acquisition(client, send):
    late = send(BEFORE, "late", AcquisitionDate="20200101", AcquisitionTime="101700")
    early = send(BEFORE, "early", AcquisitionDate="20200101", AcquisitionTime="101500")
    answer = client.post("/v1/registrations", json=asked(moving=BEFORE))
    request = client.get(answer.headers["location"]).json()["request"]
    assert (request["fixed"], request["moving"]) == (early, late)


def test_what_is_not_there(client, studies, upload):
    assert_problem(client.post("/v1/pairings", json=asked(moving="1.2.3")), "study-not-found", 404)
    unknown = {"fixed": {"study": BEFORE, "series": "1.2.3"}, "moving": {"study": AFTER}}
    assert_problem(client.post("/v1/pairings", json=unknown), "series-not-found", 404)
    assert_problem(client.post("/v1/registrations", json=unknown), "series-not-found", 404)
    assert_problem(client.post("/v1/pairings", json=asked(moving="not a uid")), "validation-failed", 422)
    assert_problem(client.post("/v1/registrations", json=asked(confirm=["all"])), "validation-failed", 422)


def test_a_study_with_one_series_has_no_pair(client, send):
    send(BEFORE, "soft")
    problem = assert_problem(client.post("/v1/registrations", json=asked(moving=BEFORE)), "pair-not-found", 422)
    assert problem["details"]["left_out"] == []


def test_nobody_pairs_what_belongs_to_others(make_client, send, studies):
    keys = {"a" * 16: "alice", "b" * 16: "bob"}
    other = make_client(api_keys=keys)
    assert_problem(other.post("/v1/pairings", json=asked(), headers={"X-API-Key": "a" * 16}), "study-not-found", 404)


def test_the_same_key_is_the_same_pair_though_more_series_have_come(client, studies, send):
    def post():
        return client.post("/v1/registrations", json=asked(**FRAMES), headers={"Idempotency-Key": "k"})

    first = post()
    send(AFTER, "thorax  soft")
    assert post().headers["location"] == first.headers["location"]
    assert np.unique([one["id"] for one in client.get("/v1/registrations").json()["items"]]).size == 1
