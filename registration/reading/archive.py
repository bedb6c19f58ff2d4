"""A zip becomes files in a temporary folder, within limits counted while unpacking and never read from headers."""

from __future__ import annotations

import errno
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from registration.errors import ScanError
from registration.reading.limits import ReadingLimits

CHUNK = 1 << 20
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def unpacked(path: Path, limits: ReadingLimits) -> Iterator[Path]:
    """A folder with the files of a zip, gone afterwards. Raises `archive-unsafe`, `scan-truncated`."""
    with tempfile.TemporaryDirectory(prefix="kernelreg-") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(path.name, archive, Path(folder), path.stat().st_size, limits)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise ScanError("scan-truncated", f"{path.name}: the zip is damaged or cut short ({error})") from error
        except (OSError, NotImplementedError, RuntimeError) as error:
            if isinstance(error, OSError) and error.errno in DISK_FULL:
                raise  # that is not the archive's fault
            message = f"{path.name}: an entry of the zip cannot be unpacked ({type(error).__name__})"
            raise ScanError("archive-unsafe", message) from error
        yield Path(folder)


def _unpack(name: str, archive: zipfile.ZipFile, folder: Path, packed: int, limits: ReadingLimits) -> None:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > limits.files:
        raise ScanError("archive-unsafe", f"{name} holds {len(entries)} files, accepted are {limits.files}")
    for entry in entries:
        _check_entry(name, entry)
    allowed = min(limits.inflated_bytes, max(limits.trusted_bytes, int(limits.inflation * packed)))
    for entry in entries:
        allowed -= _write(name, archive, entry, folder / entry.filename, allowed)


def _check_entry(name: str, entry: zipfile.ZipInfo) -> None:
    """Objects to paths that leave the folder, to links and to encryption."""
    path = PurePosixPath(entry.filename)
    outside = path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if outside or kind not in (0, stat.S_IFREG):
        raise ScanError("archive-unsafe", f"{name}: an entry of the zip is a link or leads out of its folder")
    if entry.flag_bits & 1:
        raise ScanError("archive-unsafe", f"{name}: the zip is encrypted")


def _write(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, allowed: int) -> int:
    """Unpacks one entry and says how many bytes it held."""
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(entry) as source, target.open("xb") as sink:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > allowed:
                raise ScanError("archive-unsafe", f"{name} inflates beyond the limit")
            sink.write(chunk)
    return written
