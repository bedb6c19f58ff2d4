"""A result folder appears whole, replaces what it must and touches nothing else."""

import pytest

from cli.folders import staged
from registration.errors import MethodError


def fill(folder, text):
    (folder / "state").mkdir()
    (folder / "state" / "a").write_text(text)
    (folder / "report").write_text(text)


def test_a_new_folder_with_new_parents_appears_at_the_end(tmp_path):
    out = tmp_path / "some" / "where"
    with staged(out) as folder:
        fill(folder, "new")
        assert not out.exists()
        assert not out.parent.exists()
    assert (out / "state" / "a").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["some"]


def test_an_old_result_is_replaced_and_other_files_stay(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    fill(out, "old")
    (out / "state" / "stale").write_text("old")
    (out / "notes.txt").write_text("mine")
    with staged(out) as folder:
        fill(folder, "new")
    texts = {p.name: p.read_text() for p in out.rglob("*") if p.is_file()}
    assert texts == {"a": "new", "report": "new", "notes.txt": "mine"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_failure_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError), staged(tmp_path / "deep" / "out") as folder:
        fill(folder / "missing", "half")
    assert not list(tmp_path.iterdir())


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(MethodError, match="out is a file"), staged(tmp_path / "out"):
        pass
