"""Archives that are broken, busy, elsewhere or hostile: each answer has its code, and nothing is followed."""

import json

import pytest
from pydicom.dataset import Dataset

from pacs import preamble, receipt
from pacs.dicomweb import DicomWeb, FetchLimits
from pacs.errors import PacsError
from pacs.outcomes import Status, instance_of
from tests.builders.dicom import ct_series, save
from tests.builders.odd_archive import Answer, odd_archive

MULTIPART = {"Content-Type": 'multipart/related; type="application/dicom"; boundary="b b"'}
WHOLE = b"--b b\r\nContent-Type: application/dicom\r\n\r\nabc\r\n--b b\r\n\r\ndef\r\n--b b--\r\n"
LIMITS = FetchLimits(bytes=10_000)


def fetched(answer, folder):
    with odd_archive(answer) as archive, DicomWeb(archive) as web:
        return [file.read_bytes() for file in web.fetch_series("1.2", "1.2.3", folder, LIMITS)]


def code_of(answer, folder):
    with pytest.raises(PacsError) as refused:
        fetched(answer, folder)
    return refused.value.code


def test_a_quoted_boundary(tmp_path):
    assert fetched(Answer(body=WHOLE, headers=MULTIPART), tmp_path) == [b"abc", b"def"]


@pytest.mark.parametrize("before", [b"\r\n", b"Parts follow.\r\n"])
def test_what_stands_before_the_first_boundary(tmp_path, before):
    assert fetched(Answer(body=before + WHOLE + b"the end", headers=MULTIPART), tmp_path) == [b"abc", b"def"]


@pytest.mark.parametrize("end", range(0, len(WHOLE) - 4, 7))
def test_a_body_that_ends_early(tmp_path, end):
    assert code_of(Answer(body=WHOLE[:end], headers=MULTIPART), tmp_path) == "pacs-answer-invalid"


def test_a_connection_that_breaks_off(tmp_path):
    assert code_of(Answer(body=WHOLE[:60], headers=MULTIPART, promised=900), tmp_path) == "pacs-unreachable"


def test_a_flood(tmp_path):
    flood = WHOLE[:60] + bytes(20_000)
    assert code_of(Answer(body=flood, headers=MULTIPART), tmp_path) == "pacs-series-too-large"


def test_a_flood_before_the_first_part(tmp_path, monkeypatch):
    monkeypatch.setattr(preamble, "LONGEST", 1000)
    assert code_of(Answer(body=bytes(2000), headers=MULTIPART), tmp_path) == "pacs-answer-invalid"


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "pacs-series-not-found"), (204, "pacs-series-not-found"), (401, "pacs-refused"), (403, "pacs-refused"),
     (503, "pacs-unreachable"), (429, "pacs-unreachable"), (200, "pacs-answer-invalid")],
)  # fmt: skip
def test_every_status_has_its_code(tmp_path, status, code):
    assert code_of(Answer(status=status), tmp_path) == code


def test_a_redirect_is_not_followed(tmp_path):
    elsewhere = Answer(body=WHOLE, headers=MULTIPART)
    with odd_archive(elsewhere) as other:
        assert code_of(Answer(status=302, headers={"Location": other.dicomweb}), tmp_path) == "pacs-refused"
    assert elsewhere.asked == []


def test_secrets_are_sent_and_read_anew(tmp_path):
    answer, token = Answer(body=b"[]"), tmp_path / "token"
    token.write_text("first\n")
    with odd_archive(answer, bearer_file=token) as archive:
        for text in ("first", "second"):
            token.write_text(text)
            with DicomWeb(archive) as web:
                web.ping()
    assert answer.authorisation == ["Bearer first", "Bearer second"]


def test_an_archive_that_ignores_the_offset_is_asked_no_more_than_twice():
    page = json.dumps([{"0020000D": {"vr": "UI", "Value": ["1.2.3"]}}]).encode()
    answer = Answer(body=page, headers={"Warning": '299 odd: "There are 999 more results"'})
    with odd_archive(answer) as archive, DicomWeb(archive) as web:
        assert len(web.search_studies({})) == 1
    assert len(answer.asked) == 2


def receipt_of(stored=(), failed=()):
    def named(uid, **more):
        one = Dataset()
        one.ReferencedSOPInstanceUID = uid
        one.update({})
        for name, value in more.items():
            setattr(one, name, value)
        return one

    answer = Dataset()
    answer.ReferencedSOPSequence = [named(uid) for uid in stored]
    answer.FailedSOPSequence = [named(uid, FailureReason=reason) for uid, reason in failed]
    return answer


def test_the_receipt_is_read_instance_by_instance(tmp_path):
    sent = [instance_of(file) for file in sorted(save(ct_series()[:4], tmp_path / "scan").iterdir())]
    a, b, c, _ = (one.instance_uid for one in sent)
    told = receipt.outcomes(sent, 202, receipt_of([a], [(b, 0x0111), (c, 0xA700)]))
    assert [one.status for one in told] == [Status.STORED, Status.ALREADY, Status.FAILED, Status.FAILED]
    assert [one.passing for one in told] == [False, False, True, True]
    assert {one.status for one in receipt.outcomes(sent, 200, Dataset())} == {Status.STORED}
    assert {one.status for one in receipt.outcomes(sent, 409, Dataset())} == {Status.FAILED}
    told = receipt.outcomes(sent, 409, receipt_of(failed=[(one.instance_uid, 0xC122) for one in sent]))
    assert not any(one.passing for one in told)
