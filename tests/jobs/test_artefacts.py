"""One suite over a folder and a real S3 server: artefacts appear whole or not at all, and disappear completely."""

import errno
import os
import time

import pytest

from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.adapters.staging import ABANDONED_S, storage_errors
from jobs.errors import JobError, NotFoundError
from jobs.ports import Kind


@pytest.fixture(params=["disk", "s3"])
def store(request):
    return request.getfixturevalue(f"{request.param}_store")


def published(store, name="a1", text="one", **options):
    with store.staging() as staged:
        (staged / "file").write_text(text)
        return store.publish(Kind.SERIES, name, staged, **options)


def text_of(store, relative="file"):
    return store.file(Kind.SERIES, "a1", relative).read_text()


def left(store):
    return list(store.names(Kind.SERIES)), list(store.names(Kind.REGISTRATION))


def test_a_staged_folder_appears_whole(store):
    assert published(store)
    assert (store.folder(Kind.SERIES, "a1") / "file").read_text() == text_of(store) == "one"
    assert left(store) == (["a1"], [])


def test_the_first_of_two_wins_unless_told_to_replace(store):
    published(store)
    assert not published(store, text="two")
    assert text_of(store) == "one"
    assert published(store, text="two", replace=True)
    assert (store.folder(Kind.SERIES, "a1") / "file").read_text() == text_of(store) == "two"


def test_what_fails_in_staging_leaves_nothing(store):
    def fail():
        with store.staging() as staged:
            seen.append(staged)
            (staged / "half").write_text("...")
            raise RuntimeError

    seen = []
    with pytest.raises(RuntimeError):
        fail()
    assert not seen[0].exists()
    assert left(store) == ([], [])


def test_a_file_is_placed_into_what_exists_only(store):
    published(store)
    with store.staging() as staged:
        (staged / "p").write_text("product")
        store.place(Kind.SERIES, "a1", "products/r1/p", staged / "p")
        assert text_of(store, "products/r1/p") == "product"
        store.delete(Kind.SERIES, "a1")
        (staged / "p").write_text("product")
        with pytest.raises(NotFoundError):
            store.place(Kind.SERIES, "a1", "products/r1/p", staged / "p")
    assert left(store) == ([], [])


def test_delete_and_drop(store):
    published(store)
    for product in ("products/r1/p", "products/r2/q"):
        with store.staging() as staged:
            (staged / "p").write_text("product")
            store.place(Kind.SERIES, "a1", product, staged / "p")
    store.drop(Kind.SERIES, "a1", "nothing-here")
    store.drop(Kind.SERIES, "a1", "products/r1")
    assert store.file(Kind.SERIES, "a1", "products/r1/p") is None
    assert text_of(store, "products/r2/q") == "product"
    assert store.delete(Kind.SERIES, "a1")
    assert not store.delete(Kind.SERIES, "a1")
    assert left(store) == ([], [])
    with pytest.raises(NotFoundError):
        store.file(Kind.SERIES, "a1", "file")


def test_a_file_that_is_placed_again_is_replaced(store):
    published(store)
    for text in ("one", "two"):
        with store.staging() as staged:
            (staged / "p").write_text(text)
            store.place(Kind.SERIES, "a1", "p", staged / "p")
        assert text_of(store, "p") == text


def test_a_store_that_works_answers(store):
    store.ping()
    store.tidy()


@pytest.mark.parametrize("name", ["../secret", "", "a/b", "ä", ".", "a" * 300])
def test_no_name_leads_out_of_the_folder(store, name):
    with pytest.raises(NotFoundError):
        store.folder(Kind.REGISTRATION, name)


def test_everything_is_private(disk_store):
    published(disk_store)
    assert all(p.stat().st_mode & 0o077 == 0 for p in (disk_store._root, *disk_store._root.iterdir()))


def test_leftovers_of_killed_processes_go(tmp_path):
    left = tmp_path / "data" / "staging" / "left"
    store = DiskArtefacts(tmp_path / "data")
    left.mkdir()
    (left / "half").write_text("...")
    store.clear_staging()
    assert not left.exists()


def test_what_was_staged_long_ago_goes_and_what_is_being_staged_stays(store):
    with store.staging() as young, store.staging() as old:
        (old / "half").write_text("...")
        long_ago = time.time() - 2 * ABANDONED_S
        os.utime(old, (long_ago, long_ago))
        store.tidy()
        store.sweep()
        assert young.is_dir()
        assert not old.exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_an_answer(number):
    with pytest.raises(JobError) as refused, storage_errors():
        raise OSError(number, "no space left")
    assert refused.value.code == "storage-full"
