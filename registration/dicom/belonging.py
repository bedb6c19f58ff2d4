"""Which frames belong to one volume: one series, one frame of reference, one size and orientation, one scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from registration.dicom.frame import Frame
from registration.errors import ScanError

ODD_SHARE = 0.2
"""Images of another size or orientation are odd ones up to this share of a series; above it there are two stacks."""
LISTED, MOST_KINDS = 20, 20
"""Most instances that an objection lists of each kind, and most kinds that are told apart: no series has so many."""


@dataclass(frozen=True)
class Dropped:
    """One instance that is not part of the volume: its UID (or file name where it has none) and the reason."""

    name: str
    reason: str


def require_one_series(frames: Sequence[Frame], dropped: Sequence[Dropped]) -> None:
    """Raises `scan-not-a-volume` without any slice, `series-mixed` for several series or frames of reference."""
    if not frames:
        reasons = Counter(d.reason for d in dropped)
        raise ScanError("scan-not-a-volume", f"No CT or MR slice among {len(dropped)} DICOM files: {dict(reasons)}")
    counts = Counter(frame.series_uid for frame in frames)
    if len(counts) > 1:
        listing = ", ".join(f"{uid} ({n} slices)" for uid, n in counts.most_common())
        series = [{"series_instance_uid": uid, "slices": n} for uid, n in counts.most_common()]
        raise ScanError("series-mixed", f"Expected one series, got {len(counts)}: {listing}", series=series)
    places = Counter(frame.frame_of_reference_uid for frame in frames)
    if len(places) > 1:
        found = [{"frame_of_reference_uid": uid, "slices": n} for uid, n in places.most_common()]
        message = (
            f"The slices of series {frames[0].series_uid} lie in {len(places)} frames of reference: {dict(places)}"
        )
        raise ScanError("series-mixed", message, frames_of_reference=found)


def require_one_scale(frames: Sequence[Frame]) -> None:
    """Raises `series-rescale-invalid` where some slices say how to rescale them and others do not."""
    given = [frame for frame in frames if frame.rescale.given]
    bare = [frame for frame in frames if not frame.rescale.given]
    if given and bare:
        names = [frame.name for frame in bare[:LISTED]]
        message = f"{len(bare)} of {len(frames)} slices lack rescale slope and intercept: {', '.join(names[:5])}"
        raise ScanError("series-rescale-invalid", message, instances=names)


def largest_stack(frames: Sequence[Frame]) -> tuple[list[Frame], list[Dropped]]:
    """The frames that can be stacked, and the few that cannot. Raises `series-mixed` where they are not few."""
    remaining = list(frames)
    stacks: list[list[Frame]] = []
    while remaining and len(stacks) < MOST_KINDS:
        stacks.append([f for f in remaining if f.same_kind(remaining[0])])
        remaining = [f for f in remaining if not f.same_kind(remaining[0])]
    stacks.sort(key=len, reverse=True)
    main, others = stacks[0], [f for stack in stacks[1:] for f in stack] + remaining
    if len(others) > ODD_SHARE * len(frames):
        raise _no_stack(main[0].series_uid, stacks)
    return main, [Dropped(f.name, f"{_kind(f)}, the series has {_kind(main[0])}") for f in others]


def _no_stack(series_uid: str, stacks: list[list[Frame]]) -> ScanError:
    listing = "; ".join(f"{len(s)} of {_kind(s[0])}" for s in stacks[:5])
    details = [
        {"slices": len(s), "kind": _kind(s[0]), "instances": [f.name for f in s[:LISTED]]} for s in stacks[:LISTED]
    ]
    message = f"The slices of series {series_uid} do not form one stack: {listing}"
    return ScanError("series-mixed", message, stacks=details)


def _kind(frame: Frame) -> str:
    x, y, z = frame.normal
    pixels = f"{frame.columns} x {frame.rows} pixels of {frame.pixel_mm[0]:g} x {frame.pixel_mm[1]:g} mm"
    return f"{pixels} facing ({x:.2f}, {y:.2f}, {z:.2f})"
