"""Folders appear whole or not at all, and disappear completely."""

import errno

import pytest

from jobs.adapters.disk_artefacts import DiskArtefacts, storage_errors
from jobs.errors import JobError, NotFoundError
from jobs.ports import Kind


@pytest.fixture
def store(tmp_path):
    return DiskArtefacts(tmp_path / "data")


def published(store, name="a1", text="one", **options):
    with store.staging() as staged:
        (staged / "file").write_text(text)
        return store.publish(Kind.SERIES, name, staged, **options)


def files_in(store):
    return sorted(str(p.relative_to(store._root)) for p in store._root.rglob("*") if p.is_file())


def test_a_staged_folder_appears_whole(store):
    assert published(store)
    assert (store.folder(Kind.SERIES, "a1") / "file").read_text() == "one"
    assert files_in(store) == ["series/a1/file"]


def test_the_first_of_two_wins_unless_told_to_replace(store):
    published(store)
    assert not published(store, text="two")
    assert (store.folder(Kind.SERIES, "a1") / "file").read_text() == "one"
    assert published(store, text="two", replace=True)
    assert (store.folder(Kind.SERIES, "a1") / "file").read_text() == "two"
    assert files_in(store) == ["series/a1/file"]


def test_what_fails_in_staging_leaves_nothing(store):
    def fail():
        with store.staging() as staged:
            (staged / "half").write_text("...")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert files_in(store) == []


def test_a_file_is_placed_into_what_exists_only(store):
    published(store)
    with store.staging() as staged:
        (staged / "p").write_text("product")
        place = store.place(Kind.SERIES, "a1", "products/r1/p", staged / "p")
        assert place.read_text() == "product"
        store.delete(Kind.SERIES, "a1")
        (staged / "p").write_text("product")
        with pytest.raises(NotFoundError):
            store.place(Kind.SERIES, "a1", "products/r1/p", staged / "p")
    assert files_in(store) == []


def test_delete_and_drop(store):
    published(store)
    store.drop(Kind.SERIES, "a1", "nothing-here")
    store.drop(Kind.SERIES, "a1", "file")
    assert files_in(store) == []
    assert store.delete(Kind.SERIES, "a1")
    assert not store.delete(Kind.SERIES, "a1")
    assert list(store.names(Kind.SERIES)) == []


@pytest.mark.parametrize("name", ["../secret", "", "a/b", "ä", ".", "a" * 300])
def test_no_name_leads_out_of_the_folder(store, name):
    with pytest.raises(NotFoundError):
        store.folder(Kind.REGISTRATION, name)


def test_everything_is_private(store):
    published(store)
    assert all(p.stat().st_mode & 0o077 == 0 for p in (store._root, *store._root.iterdir()))


def test_leftovers_of_killed_processes_go(store):
    (store._root / "staging" / "left").mkdir()
    (store._root / "staging" / "left" / "half").write_text("...")
    store.clear_staging()
    assert files_in(store) == []


def test_a_full_disk_is_an_answer():
    with pytest.raises(JobError) as refused, storage_errors():
        raise OSError(errno.ENOSPC, "no space left")
    assert refused.value.code == "storage-full"
