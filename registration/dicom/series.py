"""DICOM files become one series: stacked slices in patient order, and a list of what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registration.dicom.duplicates import drop_identical
from registration.dicom.frame import Frame
from registration.dicom.header import read_frames
from registration.dicom.stack import Stack, stack_frames
from registration.errors import ScanError

ODD_SHARE = 0.2
"""Images of another size or orientation are odd ones up to this share of a series; above it there are two stacks."""


@dataclass(frozen=True)
class Dropped:
    """One instance that is not part of the volume: its UID (or file name where it has none) and the reason."""

    name: str
    reason: str


@dataclass(frozen=True)
class Series:
    """One series, complete and equally spaced: its frames in order of growing slice position, and where they lie."""

    stack: Stack
    dropped: tuple[Dropped, ...]

    @property
    def first(self) -> Frame:
        """The frame at the volume's origin."""
        return self.stack.frames[0]


def read_series(paths: Sequence[Path], *, largest_voxels: int) -> Series:
    """The one CT or MR series of these DICOM files, of at most `largest_voxels` by its headers.

    Raises `ScanError` with every code that starts with `series-`.
    """
    dropped: list[Dropped] = []
    frames: list[Frame] = []
    for path in paths:
        found = read_frames(path)
        if isinstance(found, str):
            dropped.append(Dropped(path.name, found))
        else:
            frames += found
    _one_series(frames, dropped)
    _check_voxels(frames, largest_voxels)
    alike, odd = _largest_stack(frames)
    kept, copies = drop_identical(alike)
    return Series(stack_frames(kept), (*dropped, *(Dropped(*d) for d in odd), *(Dropped(*c) for c in copies)))


def _one_series(frames: list[Frame], dropped: list[Dropped]) -> None:
    if not frames:
        reasons = Counter(d.reason for d in dropped)
        raise ScanError("scan-not-a-volume", f"No CT or MR slice among {len(dropped)} DICOM files: {dict(reasons)}")
    counts = Counter(frame.series_uid for frame in frames)
    if len(counts) > 1:
        listing = ", ".join(f"{uid} ({n} slices)" for uid, n in counts.most_common())
        series = [{"series_instance_uid": uid, "slices": n} for uid, n in counts.most_common()]
        raise ScanError("series-mixed", f"Expected one series, got {len(counts)}: {listing}", series=series)


def _check_voxels(frames: list[Frame], largest: int) -> None:
    voxels = sum(frame.rows * frame.columns for frame in frames)
    if voxels > largest:
        raise ScanError(
            "scan-unreadable", f"The {len(frames)} slices have {voxels} voxels, accepted are {largest} in all"
        )


def _largest_stack(frames: list[Frame]) -> tuple[list[Frame], list[tuple[str, str]]]:
    """The frames that can be stacked, and (instance UID, reason) of the few that cannot."""
    remaining, stacks = frames, []
    while remaining:
        stacks.append([f for f in remaining if f.same_kind(remaining[0])])
        remaining = [f for f in remaining if not f.same_kind(remaining[0])]
    stacks.sort(key=len, reverse=True)
    main, others = stacks[0], [f for stack in stacks[1:] for f in stack]
    if len(others) > ODD_SHARE * len(frames):
        listing = "; ".join(f"{len(s)} of {_kind(s[0])}" for s in stacks)
        raise ScanError("series-mixed", f"The slices of series {main[0].series_uid} do not form one stack: {listing}")
    return main, [(f.instance_uid, f"{_kind(f)}, the series has {_kind(main[0])}") for f in others]


def _kind(frame: Frame) -> str:
    x, y, z = frame.normal
    return f"{frame.columns} x {frame.rows} pixels facing ({x:.2f}, {y:.2f}, {z:.2f})"
