"""The first 132 bytes of a file: whether it is DICOM, and whether it would also run or open as something else."""

from __future__ import annotations

from pathlib import Path

from registration.errors import ScanError

MARK, MARK_AT = b"DICM", 128
FOREIGN: dict[str, tuple[bytes, ...]] = {
    "an executable": (
        b"MZ",
        b"\x7fELF",
        b"\xfe\xed\xfa",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
    ),
    "a script": (b"#!",),
    "an archive": (b"PK\x03\x04", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"MSCF"),
    "a document": (b"%PDF", b"<", b"{\\rtf", b"\xd0\xcf\x11\xe0"),
}
"""What files of other kinds start with. A TIFF header is none of them: PS3.10 7.1 gives it as a use of the preamble."""


def looks_like_dicom(path: Path) -> bool:
    """Whether the file starts like DICOM: the mark `DICM` at byte 128, or a first element of group 0008 without it."""
    start = _start(path)
    return start[MARK_AT:] == MARK or (
        start[:2] == b"\x08\x00" and start[2:3] in b"\x00\x01\x05\x08\x16\x18" and len(start) == MARK_AT + len(MARK)
    )


def has_mark(path: Path) -> bool:
    """Whether a preamble and the mark `DICM` precede the data set; group 0002 follows only then."""
    return _start(path)[MARK_AT:] == MARK


def refuse_disguise(path: Path) -> None:
    """Raises `preamble-unsafe` for DICOM that starts like an executable, a script, an archive or a document.

    Such a file is two things at once (CVE-2019-11687). Preambles are never kept or passed on, but whoever handles the
    file elsewhere should hear of it.
    """
    start = _start(path)
    for what, signatures in FOREIGN.items():
        if start[MARK_AT:] == MARK and start.startswith(signatures):
            raise ScanError("preamble-unsafe", f"{path.name}: its preamble makes it {what} as well as DICOM", what=what)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MARK_AT + len(MARK))
