"""The slices of a series become intensities, each slice rescaled by its own slope and intercept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from registration.dicom.decoding import stored_values
from registration.dicom.frame import Frame
from registration.dicom.regridding import regridded
from registration.dicom.rescale import AIR_HU
from registration.dicom.stack import Stack
from registration.errors import ScanError

Slice = tuple[int, NDArray[np.float32]]


def hounsfield(stack: Stack) -> NDArray[np.float32]:
    """Intensities (z, y, x) float32 of a stack: Hounsfield units for CT. Memory: the result and one file."""
    values = np.empty(stack.grid.shape, np.float32)
    for z, one in slices(stack):
        values[z] = one
    return values


def slices(stack: Stack) -> Iterator[Slice]:
    """Every slice of the volume (index, intensities (y, x)), file by file; in memory is one file, or all to regrid."""
    if stack.plan is None:
        yield from _frames(stack)
        return
    first = stack.frames[0]
    whole = np.empty((len(stack.frames), first.rows, first.columns), np.float32)
    for z, one in _frames(stack):
        whole[z] = one
    yield from enumerate(regridded(whole, stack.plan, AIR_HU if first.modality == "CT" else float(whole.min())))


def _frames(stack: Stack) -> Iterator[Slice]:
    by_file = sorted(enumerate(stack.frames), key=lambda s: (s[1].path, s[0]))
    for path, group in groupby(by_file, key=lambda s: s[1].path):
        together = list(group)
        with _naming(together[0][1]):
            stored = stored_values(path)
        for z, frame in together:
            with _naming(frame):
                yield z, _intensities(frame, stored)


def _intensities(frame: Frame, stored: NDArray[np.number]) -> NDArray[np.float32]:
    expected = (frame.rows, frame.columns)
    if frame.number >= len(stored) or stored.shape[1:] != expected:
        message = f"{frame.path.name}: pixel data of {stored.shape} do not fit the header's {expected}"
        raise ScanError("scan-unreadable", message)
    return frame.rescale.applied(stored[frame.number], frame.modality)


@contextmanager
def _naming(frame: Frame) -> Iterator[None]:
    """Objections to the pixels of a frame name its instance and where it lies."""
    try:
        yield
    except ScanError as error:
        place = [round(float(v), 3) for v in frame.position_mm]
        error.message += f" (instance {frame.name} at {place} mm)"
        error.details |= {"instances": [frame.instance_uid], "position_mm": place}
        raise
