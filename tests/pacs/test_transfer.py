"""Instances to a real Orthanc and back: both ways in, the same bytes out, nothing twice."""

import pytest
from pydicom.uid import JPEG2000Lossless, generate_uid

from pacs import dimse
from pacs.dicomweb import DicomWeb, FetchLimits, batches
from pacs.errors import PacsError
from pacs.outcomes import Status, instance_of
from pacs.settings import Archive
from tests.builders.dicom import SERIES, STUDY, ct_series, save
from tests.builders.orthanc import free_port, needs_orthanc

LIMITS = FetchLimits()


@pytest.fixture
def scan(tmp_path):
    """Nine instances."""
    return [instance_of(file) for file in sorted(save(ct_series(), tmp_path / "scan").iterdir())]


def by_stow(archive, instances, most_bytes=1):
    with DicomWeb(archive) as web:
        return [outcome for batch in batches(instances, most_bytes) for outcome in web.store(batch)]


def by_c_store(archive, instances):
    return list(dimse.store(archive, instances))


@needs_orthanc
@pytest.mark.parametrize("send", [by_stow, by_c_store])
def test_what_was_sent_comes_back_byte_by_byte(pacs, scan, tmp_path, send):
    landed = []
    assert {(one.status, one.reason) for one in send(pacs.archive(), scan)} == {(Status.STORED, None)}
    (tmp_path / "back").mkdir()
    with DicomWeb(pacs.archive()) as web:
        files = web.fetch_series(STUDY, SERIES, tmp_path / "back", LIMITS, landed.append)
    assert landed == list(range(1, 10))
    if send is by_stow:
        assert sorted(f.read_bytes() for f in files) == sorted(one.path.read_bytes() for one in scan)
    assert {instance_of(f).instance_uid for f in files} == {one.instance_uid for one in scan}


@needs_orthanc
def test_sent_twice_is_there_once(pacs, scan):
    for send in (by_stow, by_stow, by_c_store, by_c_store):
        assert len(send(pacs.archive(), scan)) == 9
        assert pacs.instances() == 9


@needs_orthanc
def test_each_instance_has_its_own_outcome(pacs, scan):
    scan[3].path.write_bytes(b"no DICOM at all")
    told = by_stow(pacs.archive(), scan, most_bytes=2**25)
    assert [one.status for one in told].count(Status.STORED) == 8
    assert told[3].status is Status.FAILED


@needs_orthanc
def test_a_series_that_is_not_there(pacs, tmp_path):
    with DicomWeb(pacs.archive()) as web, pytest.raises(PacsError) as refused:
        web.fetch_series("1.2.3", "1.2.3.4", tmp_path, LIMITS)
    assert refused.value.code == "pacs-series-not-found"


@needs_orthanc
@pytest.mark.parametrize("limits", [FetchLimits(bytes=9000), FetchLimits(instances=8)])
def test_a_series_beyond_the_limits_is_left(pacs, scan, tmp_path, limits):
    by_stow(pacs.archive(), scan)
    (tmp_path / "back").mkdir()
    with DicomWeb(pacs.archive()) as web, pytest.raises(PacsError) as refused:
        web.fetch_series(STUDY, SERIES, tmp_path / "back", limits)
    assert refused.value.code == "pacs-series-too-large"


@needs_orthanc
def test_both_ends_answer(pacs):
    dimse.ping(pacs.archive())
    with DicomWeb(pacs.archive()) as web:
        web.ping()


@needs_orthanc
def test_an_archive_that_does_not_know_us_refuses(pacs, scan):
    """At times Orthanc hangs up and its rejection is lost; then it does not answer, which is tried again."""
    for _ in range(3):
        with pytest.raises(PacsError) as refused:
            by_c_store(pacs.archive(aet="SOMEBODY"), scan)
        if not refused.value.passing:
            break
    assert refused.value.code == "pacs-refused"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pynetdicom forgets its socket
@pytest.mark.parametrize("send", [by_stow, by_c_store])
def test_an_archive_that_is_not_there(scan, send):
    port = free_port()
    away = Archive(name="away", dicomweb=f"http://127.0.0.1:{port}", dimse=f"X@127.0.0.1:{port}")
    with pytest.raises(PacsError) as refused:
        send(away, scan)
    assert refused.value.passing


def test_syntaxes_are_offered_apart_so_that_each_can_be_accepted(scan):
    packed = scan[:1]
    assert len(dimse.contexts(packed)) == 2
    other = packed[0].__class__(**(vars(packed[0]) | {"syntax_uid": JPEG2000Lossless, "instance_uid": generate_uid()}))
    assert len(dimse.contexts([*packed, other])) == 3
