"""An archive is unpacked within limits, or refused as unsafe; nothing is left behind either way."""

import stat
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from registration.errors import ScanError
from registration.reading import ReadingLimits, read_scan
from tests.builders.dicom import GRID, ct_series, intensities, save
from tests.builders.images import write_image


@pytest.fixture(autouse=True)
def nothing_left_behind(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    yield
    assert not list(temporary.iterdir())


def refused(path: Path, **limits) -> ScanError:
    with pytest.raises(ScanError) as caught:
        read_scan(path, limits=ReadingLimits(**limits))
    return caught.value


def archive_of(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "a\\..\\evil", "C:evil"])
def test_paths_that_leave_the_folder(tmp_path, name):
    assert refused(archive_of(tmp_path / "scan.zip", {name: b"x"})).code == "archive-unsafe"
    assert not list(tmp_path.rglob("*evil*"))


def test_links(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refused(tmp_path / "scan.zip").code == "archive-unsafe"


def test_a_bomb_is_stopped_by_its_ratio(tmp_path):
    bomb = archive_of(tmp_path / "scan.zip", {"a.mha": bytes(20_000_000)})
    assert refused(bomb, trusted_bytes=1_000_000).code == "archive-unsafe"


def test_a_bomb_is_stopped_by_its_size(tmp_path):
    noise = np.random.default_rng(0).bytes(300_000)
    assert refused(archive_of(tmp_path / "scan.zip", {"a": noise, "b": noise}), inflated_bytes=500_000).code == (
        "archive-unsafe"
    )


def test_headers_that_lie_about_the_size(tmp_path):
    path = archive_of(tmp_path / "scan.zip", {"a.mha": bytes(20_000_000)})
    content = path.read_bytes().replace((20_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    path.write_bytes(content)
    assert refused(path, trusted_bytes=1_000_000).code in ("archive-unsafe", "scan-truncated")


def test_too_many_files(tmp_path):
    many = archive_of(tmp_path / "scan.zip", {str(i): b"x" for i in range(50)})
    assert refused(many, files=40).code == "archive-unsafe"


def test_an_archive_in_an_archive(tmp_path):
    inner = archive_of(tmp_path / "inner.zip", {"a": b"x"})
    assert refused(archive_of(tmp_path / "scan.zip", {"inner.zip": inner.read_bytes()})).code == "archive-unsafe"


def test_encrypted_entries(tmp_path):
    path = archive_of(tmp_path / "scan.zip", {"a.mha": b"hello"})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    assert refused(path).code == "archive-unsafe"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice(tmp_path):
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as archive:
        archive.writestr("a", b"x")
        archive.writestr("a", b"y")
    assert refused(tmp_path / "scan.zip").code == "archive-unsafe"


@pytest.mark.parametrize("share", [0.2, 0.7, 0.99])
def test_cut_short(tmp_path, share):
    folder = save(ct_series(), tmp_path / "s")
    path = archive_of(tmp_path / "scan.zip", {p.name: p.read_bytes() for p in folder.iterdir()})
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert refused(path).code == "scan-truncated"


def test_a_damaged_entry(tmp_path):
    image = write_image(intensities(), GRID, tmp_path / "scan.mha").read_bytes()
    path = archive_of(tmp_path / "scan.zip", {"scan.mha": image})
    content = bytearray(path.read_bytes())
    content[3000:3010] = bytes(10)
    path.write_bytes(content)
    assert refused(path).code == "scan-truncated"


def test_an_archive_of_no_scan(tmp_path):
    assert refused(archive_of(tmp_path / "scan.zip", {"notes.txt": b"hello"})).code == "scan-unreadable"
