"""Slices stored twice are kept once; different slices at one position are an objection."""

from __future__ import annotations

import hashlib
from itertools import groupby
from pathlib import Path

import numpy as np

from registration.dicom.frame import Frame
from registration.dicom.pixels import stored_values
from registration.errors import ScanError

SAME_PLACE_MM = 0.01

Key = tuple[Path, int]
"""File and number of a frame."""


def drop_identical(frames: list[Frame]) -> tuple[list[Frame], list[tuple[str, str]]]:
    """The frames without exact copies, and (instance UID, reason) of each copy. All face the same way."""
    order = sorted(frames, key=lambda f: (float(f.position_mm @ frames[0].normal), f.path.name, f.number))
    kept: list[Frame] = []
    pairs: list[tuple[Frame, Frame]] = []
    for frame in order:
        if kept and _same_place(kept[-1], frame):
            pairs.append((kept[-1], frame))
        else:
            kept.append(frame)
    contents = _contents({_key(frame): frame for pair in pairs for frame in pair})
    for twin, frame in pairs:
        if contents[_key(twin)] != contents[_key(frame)]:
            _object(twin, frame)
    return kept, [(frame.instance_uid, f"identical to instance {twin.instance_uid}") for twin, frame in pairs]


def _same_place(one: Frame, other: Frame) -> bool:
    return bool(np.abs(one.position_mm - other.position_mm).max() <= SAME_PLACE_MM)


def _key(frame: Frame) -> Key:
    return frame.path, frame.number


def _contents(frames: dict[Key, Frame]) -> dict[Key, tuple[float, float, str]]:
    """What decides whether two frames are copies: rescaling and a digest of the pixels. Each file is decoded once."""
    found = {}
    for path, keys in groupby(sorted(frames), key=lambda key: key[0]):
        stored = stored_values(path)
        for key in keys:
            digest = hashlib.sha256(np.ascontiguousarray(stored[key[1]]).tobytes()).hexdigest()
            found[key] = frames[key].slope, frames[key].intercept, digest
    return found


def _object(one: Frame, other: Frame) -> None:
    place = ", ".join(f"{v:.2f}" for v in one.position_mm)
    message = f"Two different slices lie at ({place}) mm: instances {one.instance_uid} and {other.instance_uid}"
    raise ScanError("series-duplicate-slices", message, instances=[one.instance_uid, other.instance_uid])
