"""Both studies in one call: the same registration as by series ids, nothing kept of a call that is refused."""

import json

import pytest

from tests.builders.dicom import ct_series, save
from tests.builders.problems import assert_problem
from tests.builders.shifted import FIXED, MOVING, image_bytes
from tests.service.conftest import finished


@pytest.fixture
def post(client, tmp_path):
    """Post both scans; `request` as JSON, other parts as files."""

    def post(headers=None, request=None, **parts):
        scans = {"fixed": [image_bytes(FIXED, tmp_path)], "moving": [image_bytes(MOVING, tmp_path)]} | parts
        files = [(name, (f"{name}{i}", part)) for name, them in scans.items() for i, part in enumerate(them)]
        if request is not None:
            files.append(("request", (None, request if isinstance(request, str) else json.dumps(request))))
        return client.post("/v1/registrations", files=files, headers=headers)

    return post


def test_two_scans_and_the_wishes_in_one_body(client, post, workers):
    answer = post(request={"preset": "abdomen"})
    assert answer.status_code == 202
    record = client.get(finished(client, answer.headers["location"])).json()
    assert record["request"]["preset"] == "abdomen"
    report = client.get(record["links"]["fixed"]).json()["report"]
    assert report["size"] == list(FIXED.size)


def test_it_is_the_registration_of_the_same_series(client, post, pair):
    request = post().json()["request"]
    assert {"fixed": request["fixed"], "moving": request["moving"]} == pair


def test_the_same_call_with_the_same_key_is_one_registration(post):
    one, other = (post({"Idempotency-Key": "k"}) for _ in range(2))
    assert one.headers["location"] == other.headers["location"]


def test_many_files_make_one_scan(client, post, tmp_path):
    slices = [path.read_bytes() for path in sorted(save(ct_series(), tmp_path / "ct").iterdir())]
    answer = post(fixed=slices)
    series = client.get(f"/v1/series/{answer.json()['request']['fixed']}").json()
    assert series["files"] == len(slices)


@pytest.mark.parametrize(
    ("parts", "code", "status"),
    [
        ({"moving": []}, "upload-missing", 422),
        ({"moving": [b"no scan"]}, "scan-unreadable", 415),
        ({"request": "{"}, "body-unreadable", 400),
        ({"request": []}, "validation-failed", 422),
        ({"request": {"fixed": "x"}}, "validation-failed", 422),
        ({"request": {"preset": "knee"}}, "validation-failed", 422),
        ({"request": {"masks": {"fixed": "0" * 32}}}, "series-not-found", 404),
    ],
)
def test_what_is_refused_leaves_nothing_behind(post, data_files, parts, code, status):
    assert_problem(post(**parts), code, status)
    assert data_files() == []


def test_a_scan_that_was_known_before_stays_when_the_other_is_refused(client, post, upload, tmp_path):
    known = upload(image_bytes(FIXED, tmp_path)).headers["location"]
    assert_problem(post(moving=[b"no scan"]), "scan-unreadable", 415)
    assert client.get(known).status_code == 200


def test_a_body_beyond_the_limit_is_refused(make_client, tmp_path):
    client = make_client(limits={"upload_bytes": 10_000})
    scan = image_bytes(FIXED, tmp_path)
    assert_problem(client.post("/v1/registrations", files=[("fixed", scan), ("moving", scan)]), "body-too-large", 413)


def test_json_stays_within_its_own_limit(make_client):
    client = make_client(limits={"request_bytes": 1000})
    body = json.dumps({"fixed": "x" * 5000, "moving": "y"})
    assert_problem(
        client.post("/v1/registrations", content=body, headers={"content-type": "application/json"}),
        "body-too-large",
        413,
    )
