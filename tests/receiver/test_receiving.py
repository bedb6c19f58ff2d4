"""Real associations: what is taken, what is refused with which status, and what becomes of the series."""

import shutil
import socket
import struct
import subprocess
from collections import namedtuple
from io import BytesIO

import numpy as np
import pytest
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, SecondaryCaptureImageStorage
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import encode

from jobs.errors import StoreUnavailableError
from jobs.ports import Kind
from jobs.series import load_volume
from receiver.inbox import Done
from registration.dicom.header import CLASSES
from tests.builders.dicom import intensities, save
from tests.receiver.conftest import GRID, series, wait_until

OUT_OF_RESOURCES, WRONG_CLASS, NOT_UNDERSTOOD, MISMATCH = 0xA700, 0x0122, 0xC000, 0xA900


def test_a_series_that_was_sent_becomes_what_an_upload_of_it_would(run):
    running = run()
    assert running.send(series()) == [0] * 12
    assert running.round() == 1
    record = running.kept()[0]
    assert (record.owner, record.files, record.report["size"]) == ("local", 12, list(GRID.size))
    volume = load_volume(running.ports.artefacts.folder(Kind.SERIES, record.id))
    assert np.array_equal(volume.values, intensities(GRID))
    assert volume.source.patient == ("PATIENT-1", "")
    assert running.outcomes()[0].series == record.id
    assert running.round() == 0


def test_echo(run):
    association = run().associate()
    assert association.send_c_echo().Status == 0
    association.release()


def test_a_series_is_whole_when_its_association_has_ended_and_it_was_quiet(run):
    running = run(quiet_s=0.3)
    association = running.associate()
    for one in series():
        association.send_c_store(one)
    wait_until(lambda: running.inbox.quiet_s(running.inbox.keys()[0]) > 0.4)
    assert running.round() == 0  # the association is still open
    association.send_c_store(series()[0])
    association.release()
    wait_until(lambda: not running.receiver.bringing())
    assert running.round() == 0  # not quiet for long enough
    wait_until(running.round)
    assert len(running.kept()) == 1


def test_series_that_come_mixed_in_one_association_are_told_apart(run):
    running = run()
    both = [one for pair in zip(series(name="a"), series(name="b", seed=1), strict=True) for one in pair]
    running.send(both)
    assert running.round() == 2
    assert len({record.report["series_instance_uid"] for record in running.kept()}) == 2


def test_the_same_instances_again_are_the_same_series(run):
    running = run()
    for _ in range(2):
        running.send(series())
        running.round()
    assert len(running.kept()) == 1
    assert running.send(series()[:3]) == [0, 0, 0]
    running.round()
    assert len(running.kept()) == 1


def test_a_late_instance_makes_the_series_complete(run):
    running = run()
    slices = series()
    running.send(slices[:11])
    running.round()
    running.send(slices[11:])
    running.round()
    assert sorted(record.files for record in running.kept()) == [11, 12]


def test_a_gap_is_refused_until_the_missing_slice_comes(run, caplog):
    running = run()
    slices = series()
    running.send(slices[:5] + slices[6:])
    with caplog.at_level("INFO"):
        assert running.round() == 1
    assert running.kept() == []
    assert running.outcomes()[0].code == "series-missing-slices"
    fields = next(record.fields for record in caplog.records if record.message == "received-refused")
    assert (fields["code"], fields["files"]) == ("series-missing-slices", 11)
    assert running.round() == 0
    running.send(slices[5:6])
    running.round()
    assert [record.files for record in running.kept()] == [12]


def test_an_association_that_breaks_off_leaves_what_was_whole(run, ports):
    running = run()
    association = running.associate()
    for one in series()[:9]:
        association.send_c_store(one)
    association.abort()
    wait_until(lambda: not running.receiver.bringing())
    running.round()
    assert [record.files for record in running.kept()] == [9]


def test_an_instance_that_breaks_off_is_not_taken_and_goes(run):
    running = run()
    association = running.associate()
    association.send_c_store(series()[0])
    one = series()[1]
    one.PixelData = bytes(2**22)
    original, raw, sent = association.dul.socket.send, association.dul.socket.socket, []

    def send(data):
        if len(sent) > 6:
            raw.close()
        sent.append(len(data))
        original(data)

    association.dul.socket.send = send
    association.send_c_store(one)
    wait_until(lambda: not running.receiver.bringing())
    assert len(list((running.inbox._series).glob("*/instances/*"))) == 1
    assert list(running.inbox.arriving.iterdir()) == []


@pytest.mark.parametrize(
    ("who", "settings"),
    [({"calling": "STRANGER"}, {"callers": {"SCANNER"}}), ({"called": "OTHER"}, {})],
)
def test_who_is_not_known_or_means_someone_else_is_rejected(run, who, settings):
    running = run(**settings)
    assert running.associate(**who).is_rejected
    assert running.send(series(), calling="SCANNER") == [0] * 12


def test_more_associations_than_allowed_are_rejected_for_the_moment(run):
    running = run(associations=1)
    first = running.associate()
    second = running.associate()
    assert first.is_established
    assert second.is_rejected
    first.release()


def test_other_objects_are_not_negotiated(run):
    association = run().associate(classes={SecondaryCaptureImageStorage: [ExplicitVRLittleEndian]})
    assert [one.abstract_syntax for one in association.rejected_contexts] == [SecondaryCaptureImageStorage]
    association.release()


def raw_store(association, one, **command):
    """C-STORE with a command that says what it likes."""
    request = C_STORE()
    request.MessageID, request.Priority = 1, 2
    request.AffectedSOPClassUID = command.get("class_uid", one.get("SOPClassUID", CTImageStorage))
    request.AffectedSOPInstanceUID = one.get("SOPInstanceUID", "1.2.3")
    request.DataSet = BytesIO(command.get("data", encode(one, False, True)))
    association._reactor_checkpoint.clear()  # as the library does: otherwise its thread takes the answer
    wait_until(lambda: association._is_paused)
    association.dimse.send_msg(request, association.accepted_contexts[0].context_id)
    _, response = association.dimse.get_msg(block=True)
    association._reactor_checkpoint.set()
    return response.Status


def test_wrong_classes_and_damaged_headers_are_answered_with_their_status(run):
    running = run()
    association = running.associate()
    one = series()[0]
    assert raw_store(association, one, class_uid=SecondaryCaptureImageStorage) == WRONG_CLASS
    assert raw_store(association, one, class_uid=next(uid for uid in CLASSES if uid != CTImageStorage)) == MISMATCH
    assert raw_store(association, one, data=b"\x08\x00nothing of DICOM at all") == NOT_UNDERSTOOD
    del one.SeriesInstanceUID
    assert raw_store(association, one) == NOT_UNDERSTOOD
    assert raw_store(association, series()[0]) == 0
    association.release()
    assert list(running.inbox.arriving.iterdir()) == []


@pytest.mark.parametrize("settings", [{"instances": 3}, {"bytes": 6000}])
def test_a_full_inbox_is_out_of_resources(run, settings):
    running = run(**settings)
    statuses = running.send(series())
    assert statuses.count(0) == 3
    assert set(statuses[3:]) == {OUT_OF_RESOURCES}
    assert list(running.inbox.arriving.iterdir()) == []


def test_a_full_disk_is_out_of_resources(run, monkeypatch):
    running = run(reserve_bytes=2**20)
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**20 - 1))
    assert set(running.send(series())) == {OUT_OF_RESOURCES}
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**20))
    assert set(running.send(series())) == {0}


def test_an_instance_beyond_the_limit_ends_the_association(run):
    running = run(instance_bytes=20_000)
    association = running.associate()
    assert association.send_c_store(series()[0]).Status == 0
    large, raw = series()[1], association.dul.socket.socket
    large.PixelData = bytes(200_000)
    assert "Status" not in association.send_c_store(large)
    wait_until(lambda: not association.is_established)
    raw.close()  # the library leaves it open where the other side hung up first
    wait_until(lambda: list(running.inbox.arriving.iterdir()) == [])
    assert set(running.send(series())) == {0}


def test_a_pdu_that_claims_gigabytes_is_not_waited_for(run):
    running = run()
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as door:
        door.sendall(struct.pack(">BBL", 1, 0, 2**32 - 1) + bytes(4096))
        wait_until(lambda: closed(door))
    assert set(running.send(series())) == {0}


def closed(door):
    """Whether the other side hung up."""
    try:
        return door.recv(1) == b""
    except ConnectionError:
        return True


def test_what_was_received_before_a_restart_is_published_after_it(run):
    before = run()
    before.send(series())
    (before.inbox.arriving / "half.dcm").write_bytes(b"half")
    before.receiver.stop()
    after = run()
    assert list(after.inbox.arriving.iterdir()) == []
    assert after.round() == 1
    assert len(after.kept()) == 1


def test_what_was_dealt_with_is_kept_for_a_while_then_goes(run):
    running = run(keep_hours=0)
    running.send(series())
    assert running.round() == 1
    running.round()
    assert running.inbox.keys() == []
    assert (running.inbox._count, running.inbox._bytes) == (0, 0)
    assert len(running.kept()) == 1
    patient = run()
    patient.send(series())
    patient.round()
    patient.round()
    assert len(patient.inbox.keys()) == 1


def test_a_series_to_which_something_comes_at_the_last_moment_stays(run):
    running = run()
    running.send(series())
    key = running.inbox.keys()[0]
    running.inbox.drop(key, quiet_for_s=60)
    assert running.inbox.keys() == [key]
    running.inbox.drop(key)
    assert running.inbox.keys() == []


def test_names_on_disk_tell_nothing(run, tmp_path):
    running = run()
    running.send(series(study="SECRET-STUDY", name="SECRET-SERIES", patient="SECRET-ID"))
    names = " ".join(str(path) for path in (tmp_path / "data").rglob("*"))
    assert "SECRET" not in names
    assert series(study="SECRET-STUDY")[0].StudyInstanceUID not in names


@pytest.mark.skipif(not shutil.which("storescu"), reason="storescu of dcmtk is not installed: `make tools`")
def test_dcmtk_sends(run, tmp_path):
    running = run(callers={"DCMTK"})
    folder = save(series(), tmp_path / "files")
    command = ["storescu", "-aet", "DCMTK", "-aec", "KERNELREG", "+sd", "127.0.0.1", str(running.port), str(folder)]
    subprocess.run(command, check=True, timeout=60)
    echo = ["echoscu", "-aet", "DCMTK", "-aec", "KERNELREG", "127.0.0.1", str(running.port)]
    subprocess.run(echo, check=True, timeout=60)
    wait_until(lambda: not running.receiver.bringing())
    running.round()
    assert [record.files for record in running.kept()] == [12]
    stranger = [*command[:2], "STRANGER", *command[3:]]
    assert subprocess.run(stranger, check=False, timeout=60, capture_output=True).returncode != 0


def test_a_store_that_does_not_answer_is_waited_for(run, ports, monkeypatch):
    running = run()
    running.send(series())
    with monkeypatch.context() as broken:
        broken.setattr(ports.artefacts, "publish", lambda *_: (_ for _ in ()).throw(StoreUnavailableError("store")))
        with pytest.raises(StoreUnavailableError):
            running.round()
    assert running.outcomes() == [None]
    assert running.round() == 1


def test_done_speaks_of_exactly_these_instances(run):
    running = run()
    running.send(series()[:11])
    key = running.inbox.keys()[0]
    running.inbox.finish(key, Done(version=running.inbox.version(key), code="internal"))
    assert running.inbox.done(key)
    running.send(series()[11:])
    assert running.inbox.done(key) is None


def test_uids_that_are_paths_stay_inside(run, tmp_path):
    running = run()
    association = running.associate()
    evil = series()[0]
    evil.StudyInstanceUID = evil.SeriesInstanceUID = "../../../../outside"
    assert raw_store(association, evil) == 0
    association.release()
    kept = [path.relative_to(tmp_path).parts[:2] for path in tmp_path.rglob("*.dcm")]
    assert kept == [("data", "received")]


def test_an_empty_folder_that_a_kill_left_holds_nobody_up(run):
    running = run()
    (running.inbox._series / ("0" * 32)).mkdir()
    running.send(series())
    assert running.round() == 2
    assert len(running.kept()) == 1
