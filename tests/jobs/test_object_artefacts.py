"""What an object store adds: manifests written last, checksums on every read, copies that end, a server away."""

import errno
import os
import time

import pytest
from botocore.exceptions import ClientError

from jobs.adapters import object_artefacts
from jobs.adapters.local_copies import IN_USE_S, LocalCopies
from jobs.adapters.object_artefacts import ObjectArtefacts
from jobs.adapters.store_errors import store_errors
from jobs.errors import JobError, NotFoundError
from jobs.ports import Kind
from tests.builders.object_store import client, objects


def published(store, name="a1", **files):
    with store.staging() as staged:
        for file, text in (files or {"file": "one"}).items():
            (staged / file).write_text(text)
        return store.publish(Kind.SERIES, name, staged)


def elsewhere(store, tmp_path):
    """Another machine's view of the same bucket."""
    return ObjectArtefacts("s3://kernelreg/artefacts", tmp_path / "elsewhere", copies_bytes=2**30)


def copies(tmp_path, where="local"):
    return [path for path in (tmp_path / where / "copies").rglob("*") if path.is_file()]


def test_another_machine_reads_what_was_published(s3_store, tmp_path):
    published(s3_store, one="1", other="2")
    folder = elsewhere(s3_store, tmp_path).folder(Kind.SERIES, "a1")
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"one": "1", "other": "2"}


def test_an_upload_that_died_before_its_manifest_is_nothing(s3_store, monkeypatch):
    monkeypatch.setattr(s3_store._bundles, "_declare", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        published(s3_store)
    monkeypatch.undo()
    assert len(objects()) == 1
    assert list(s3_store.names(Kind.SERIES)) == []
    with pytest.raises(NotFoundError):
        s3_store.folder(Kind.SERIES, "a1")
    assert published(s3_store)


def test_what_an_upload_that_died_left_is_swept_when_it_is_old(s3_store, monkeypatch):
    published(s3_store, name="whole")
    monkeypatch.setattr(s3_store._bundles, "_declare", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        published(s3_store, name="half")
    monkeypatch.undo()
    s3_store.sweep()
    assert len(objects()) == 3
    monkeypatch.setattr(object_artefacts, "ABANDONED_S", -1.0)
    s3_store.sweep()
    assert len(objects()) == 2
    assert list(s3_store.names(Kind.SERIES)) == ["whole"]


def test_the_loser_of_two_leaves_no_objects(s3_store):
    published(s3_store)
    kept = objects()
    assert not published(s3_store, file="two")
    assert objects() == kept


def test_damaged_bytes_are_never_handed_out(s3_store, tmp_path):
    published(s3_store, file="the right bytes")
    place = next(name for name in objects() if name.endswith("/file"))
    client().pipe_file(place, b"the wrong bytes")
    with pytest.raises(JobError) as refused:
        elsewhere(s3_store, tmp_path).file(Kind.SERIES, "a1", "file")
    assert refused.value.code == "artefact-damaged"
    assert copies(tmp_path, "elsewhere") == []


def test_what_was_read_once_is_not_fetched_again(s3_store, monkeypatch):
    published(s3_store)
    first = s3_store.file(Kind.SERIES, "a1", "file")
    monkeypatch.setattr(s3_store._bundles, "fetch", lambda *_: 1 / 0)
    assert s3_store.file(Kind.SERIES, "a1", "file") == first


def test_a_purge_leaves_no_object_and_no_copy_on_any_machine(s3_store, tmp_path):
    published(s3_store)
    with s3_store.staging() as staged:
        (staged / "p").write_text("product")
        s3_store.place(Kind.SERIES, "a1", "products/r1/p", staged / "p")
    other = elsewhere(s3_store, tmp_path)
    other.folder(Kind.SERIES, "a1")
    s3_store.delete(Kind.SERIES, "a1")
    assert objects() == copies(tmp_path) == []
    other.tidy()
    assert copies(tmp_path, "elsewhere") == []


def test_copies_unused_for_longest_make_room(tmp_path):
    kept = LocalCopies(tmp_path, most_bytes=25)
    for name in ("old", "new"):
        kept.file(f"series/{name}", "g", "file", lambda target: target.write_text("x" * 20) and None)
    kept.make_room()
    assert kept.owners() == ["series/old", "series/new"]
    for age, name in ((3, "old"), (2, "new")):
        touched = time.time() - age * IN_USE_S
        os.utime(tmp_path / "series" / name, (touched, touched))
    kept.make_room()
    assert kept.owners() == ["series/new"]


def test_a_server_that_is_away_is_a_known_error(s3, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    store = ObjectArtefacts("s3://kernelreg/artefacts", tmp_path, copies_bytes=1)
    for ask in (store.ping, lambda: store.folder(Kind.SERIES, "a1"), lambda: published(store)):
        with pytest.raises(JobError) as failed:
            ask()
        assert failed.value.code == "store-unavailable"


@pytest.mark.parametrize("code", ["QuotaExceeded", "XMinioStorageFull"])
def test_a_full_bucket_is_an_answer(code):
    with pytest.raises(JobError) as refused, store_errors():
        raise OSError(errno.EIO, "refused") from ClientError({"Error": {"Code": code}}, "PutObject")
    assert refused.value.code == "storage-full"
