"""The size that a compressed frame says it has, read before it is decoded: a few bytes may ask for gigabytes."""

from __future__ import annotations

JPEG_START, JPEG_2000_START = b"\xff\xd8", b"\xff\x4f\xff\x51"
FRAME_HEADERS = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7}
"""JPEG markers that open a frame and hold its size (ITU T.81 B.2.2); F7 is that of JPEG-LS."""
ALONE = {0x01, *range(0xD0, 0xD9)}
"""Markers without a segment (ITU T.81 B.1.1.3)."""


def coded_size(frame: bytes) -> tuple[int, int] | None:
    """Rows and columns of a JPEG, JPEG-LS or JPEG 2000 code stream; None for what names none, such as anything else."""
    if frame.startswith(JPEG_2000_START):
        right, bottom, left, top = (_number(frame, place, 4) for place in (8, 12, 16, 20))
        return bottom - top, right - left
    return _jpeg_size(frame) if frame.startswith(JPEG_START) else None


def _jpeg_size(frame: bytes) -> tuple[int, int] | None:
    """Walks the marker segments up to the frame header; any number of FF may stand before a marker."""
    place = 2
    while place + 9 <= len(frame) and frame[place] == 0xFF:
        marker = frame[place + 1]
        if marker in FRAME_HEADERS:
            return _number(frame, place + 5, 2), _number(frame, place + 7, 2)
        if marker == 0xFF:
            place += 1
        else:
            place += 2 if marker in ALONE else 2 + _number(frame, place + 2, 2)
    return None


def _number(frame: bytes, place: int, count: int) -> int:
    return int.from_bytes(frame[place : place + count], "big")
