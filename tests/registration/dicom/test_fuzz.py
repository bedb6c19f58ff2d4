"""Mutated files are read or refused, quickly and with an objection of ours; nothing is left behind."""

import tempfile
import time

import pytest

from registration.errors import ScanError
from registration.reading import read_scan
from tests.builders.mutations import KINDS, upload

EACH = 14
LONGEST_S = 10.0


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=[one.__name__ for one in KINDS])
def test_mutated_files(tmp_path, monkeypatch, kind):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    refusals = []
    for number in range(kind, EACH * len(KINDS), len(KINDS)):
        folder = tmp_path / str(number)
        folder.mkdir()
        for place, content in enumerate(upload(number)):
            (folder / str(place)).write_bytes(content)
        start = time.process_time()
        try:
            read_scan(folder)
        except ScanError as error:
            refusals.append(error.message + str(error.details))
        assert time.process_time() - start < LONGEST_S
    assert refusals
    assert "SECRET" not in "".join(refusals)
    assert not list((tmp_path / "temporary").iterdir())


def test_the_same_number_is_the_same_upload():
    assert upload(5) == upload(5)
    assert len({bytes(b"".join(upload(number))) for number in range(22)}) == 22
