"""A text header that keeps its voxels in another file: only a plain name beside the header is followed."""

from __future__ import annotations

import re
from pathlib import Path

from registration.errors import ScanError

HEADER_LIMIT = 65536
FIELD = {
    "mha": re.compile(rb"^\s*ElementDataFile\s*=\s*(.+?)\s*$", re.MULTILINE),
    "nrrd": re.compile(rb"^(?:data ?file):\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE),
}


def detached_data(path: Path, kind: str) -> Path | None:
    """The file that holds the voxels of an MHD or NHDR header, None when the header's own file does."""
    with path.open("rb") as file:
        start = file.read(HEADER_LIMIT)
    header = start.split(b"\n\n")[0] if kind == "nrrd" else start
    found = FIELD[kind].search(header)
    name = found.group(1).decode("utf-8", "replace") if found else "LOCAL"
    if name.upper() == "LOCAL":
        return None
    data = path.parent / name
    if Path(name).name != name or name in (".", "..") or not data.is_file() or data.is_symlink():
        message = f"{path.name}: its voxels must lie in one file beside it, the header names {Path(name).name!r}"
        raise ScanError("scan-unreadable", message)
    return data
