"""The first bytes of a file say what it is; its name is not trusted."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

from registration.dicom import looks_like_dicom
from registration.errors import ScanError

HEADER_BYTES = 540  # the longer of the two NIfTI headers


def file_kind(path: Path) -> str | None:
    """`zip`, `dicom`, `nifti`, `nifti-gz`, `mha`, `nrrd`, or None for anything else. Raises `scan-empty`."""
    with path.open("rb") as file:
        start = file.read(HEADER_BYTES)
    if not start:
        raise ScanError("scan-empty", f"{path.name} holds 0 bytes")
    if looks_like_dicom(path):
        return "dicom"
    if start[:2] == b"\x1f\x8b":
        return "nifti-gz" if _is_nifti(_inflated_start(path)) else None
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    return "nifti" if _is_nifti(start) else _text_kind(start)


def _is_nifti(start: bytes) -> bool:
    """NIfTI-1 names itself at byte 344 of its header, NIfTI-2 at byte 4. Only single files, not header and image."""
    return start[344:348] == b"n+1\0" or start[4:8] == b"n+2\0"


def _text_kind(start: bytes) -> str | None:
    if start[:4] == b"NRRD":
        return "nrrd"
    return "mha" if re.search(rb"^\s*(ObjectType|NDims|DimSize)\s*=", start, re.MULTILINE) else None


def _inflated_start(path: Path) -> bytes:
    try:
        with gzip.open(path) as file:
            return file.read(HEADER_BYTES)
    except (OSError, EOFError, zlib.error):
        return b""
