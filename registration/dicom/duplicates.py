"""Slices stored twice are kept once; different slices at one position are an objection."""

from __future__ import annotations

import hashlib

import numpy as np

from registration.dicom.frame import Frame
from registration.dicom.pixels import stored_values
from registration.errors import ScanError

SAME_PLACE_MM = 0.01


def drop_identical(frames: list[Frame]) -> tuple[list[Frame], list[tuple[str, str]]]:
    """The frames without exact copies, and (instance UID, reason) of each copy. All face the same way."""
    order = sorted(frames, key=lambda f: (float(f.position_mm @ frames[0].normal), f.path.name, f.number))
    kept: list[Frame] = []
    copies: list[tuple[str, str]] = []
    for frame in order:
        twin = kept[-1] if kept and _same_place(kept[-1], frame) else None
        if twin is None:
            kept.append(frame)
        elif _content(twin) == _content(frame):
            copies.append((frame.instance_uid, f"identical to instance {twin.instance_uid}"))
        else:
            _object(twin, frame)
    return kept, copies


def _same_place(one: Frame, other: Frame) -> bool:
    return bool(np.abs(one.position_mm - other.position_mm).max() <= SAME_PLACE_MM)


def _content(frame: Frame) -> tuple[float, float, str]:
    values = stored_values(frame.path)[frame.number]
    return frame.slope, frame.intercept, hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def _object(one: Frame, other: Frame) -> None:
    place = ", ".join(f"{v:.2f}" for v in one.position_mm)
    message = f"Two different slices lie at ({place}) mm: instances {one.instance_uid} and {other.instance_uid}"
    raise ScanError("series-duplicate-slices", message, instances=[one.instance_uid, other.instance_uid])
