"""DICOM files become one series: stacked slices in patient order, and a list of what was left out and why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registration.dicom.belonging import Dropped, largest_stack, require_one_scale, require_one_series
from registration.dicom.duplicates import drop_identical
from registration.dicom.frame import Frame
from registration.dicom.header import read_frames
from registration.dicom.regridding import Regridding
from registration.dicom.stack import Stack, stack_frames
from registration.errors import ScanError


@dataclass(frozen=True)
class Series:
    """One series, complete and equally spaced: its frames in order of growing slice position, and where they lie."""

    stack: Stack
    dropped: tuple[Dropped, ...]

    @property
    def first(self) -> Frame:
        """The frame at the volume's origin."""
        return self.stack.frames[0]


def read_series(paths: Sequence[Path], *, largest_voxels: int, regridding: Regridding | None = None) -> Series:
    """The one CT or MR series of these DICOM files, of at most `largest_voxels` by its headers.

    With `regridding`, slices that form no regular grid are put on one. Raises `ScanError` with every code that starts
    with `series-`.
    """
    dropped: list[Dropped] = []
    frames: list[Frame] = []
    for path in paths:
        found = read_frames(path)
        if isinstance(found, str):
            dropped.append(Dropped(path.name, found))
        else:
            frames += found
    require_one_series(frames, dropped)
    _check_voxels(sum(frame.rows * frame.columns for frame in frames), largest_voxels)
    alike, odd = largest_stack(frames)
    require_one_scale(alike)
    kept, copies = drop_identical(alike)
    stack = stack_frames(kept, regridding)
    _check_voxels(math.prod(stack.grid.size), largest_voxels)
    return Series(stack, (*dropped, *odd, *(Dropped(*one) for one in copies)))


def _check_voxels(voxels: int, largest: int) -> None:
    if voxels > largest:
        raise ScanError("scan-unreadable", f"The slices have {voxels} voxels, accepted are {largest} in all")
