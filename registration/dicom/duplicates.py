"""Slices stored twice are kept once; different slices at one position are an objection."""

from __future__ import annotations

import hashlib
from itertools import groupby
from pathlib import Path

import numpy as np

from registration.dicom.decoding import stored_values
from registration.dicom.frame import Frame
from registration.dicom.irregular import DRIFT_TOLERANCE
from registration.dicom.traits import differing
from registration.errors import ScanError

SAME_PLACE_MM = 0.01
LISTED = 20
"""Most places that an objection lists."""

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
    different = [pair for pair in pairs if contents[_key(pair[0])] != contents[_key(pair[1])]]
    if different:
        _object(different)
    return kept, [(frame.instance_uid, f"identical to instance {twin.instance_uid}") for twin, frame in pairs]


def _same_place(one: Frame, other: Frame) -> bool:
    """Whether two frames lie at one depth, and no further aside than slices of a stack may."""
    apart = other.position_mm - one.position_mm
    depth = float(apart @ one.normal)
    aside = float(np.linalg.norm(apart - depth * one.normal))
    return abs(depth) <= SAME_PLACE_MM and aside <= DRIFT_TOLERANCE * min(one.pixel_mm)


def _key(frame: Frame) -> Key:
    return frame.path, frame.number


def _contents(frames: dict[Key, Frame]) -> dict[Key, tuple[float, float, str]]:
    """What decides whether two frames are copies: rescaling and a digest of the pixels. Each file is decoded once."""
    found = {}
    for path, keys in groupby(sorted(frames), key=lambda key: key[0]):
        stored = stored_values(path)
        for key in keys:
            digest = hashlib.sha256(np.ascontiguousarray(stored[key[1]]).tobytes()).hexdigest()
            found[key] = frames[key].rescale.slope, frames[key].rescale.intercept, digest
    return found


def _object(pairs: list[tuple[Frame, Frame]]) -> None:
    """Names the first few places with more than one slice, and what the slices there differ in."""
    listing = [
        {"position_mm": [round(float(v), 3) for v in one.position_mm], "instances": [one.name, other.name]}
        for one, other in pairs[:LISTED]
    ]
    traits = differing(frame.traits for pair in pairs for frame in pair)
    one, other = pairs[0]
    message = (
        f"{len(pairs)} slices lie where a different one does, the first at {listing[0]['position_mm']} mm:"
        f" instances {one.name} and {other.name}"
    )
    if traits:
        told = "; ".join(f"{name}: {', '.join(values)}" for name, values in traits.items())
        message += f". Send one volume of them; they differ in {told}"
    instances = [one.instance_uid, other.instance_uid]
    raise ScanError("series-duplicate-slices", message, instances=instances, places=listing, differ_in=traits)
