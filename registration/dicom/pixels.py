"""The slices of a series become one array of intensities, each slice rescaled by its own slope and intercept."""

from __future__ import annotations

import warnings
from itertools import groupby
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from registration.dicom.codestream import coded_size
from registration.dicom.damage import is_damage
from registration.dicom.stack import Stack
from registration.errors import ScanError


def hounsfield(stack: Stack) -> NDArray[np.float32]:
    """Intensities (z, y, x) float32 of a stack: Hounsfield units for CT. Memory: the result and one file."""
    values = np.empty(stack.grid.shape, np.float32)
    for path, slices in groupby(enumerate(stack.frames), key=lambda s: s[1].path):
        stored = stored_values(path)
        for z, frame in slices:
            if stored[frame.number].shape != values.shape[1:]:
                raise ScanError(
                    "scan-unreadable",
                    f"{path.name}: pixel data of {stored.shape[1:]} do not fit the header's {values.shape[1:]}",
                )
            values[z] = stored[frame.number] * np.float32(frame.slope) + np.float32(frame.intercept)
    return values


def stored_values(path: Path) -> NDArray[np.number]:
    """The numbers as stored, (frames, rows, columns), whatever the transfer syntax."""
    try:
        with warnings.catch_warnings(action="ignore"):
            dataset = _with_syntax(pydicom.dcmread(path, force=True))
            _check_coded(path, dataset)
            pixels = dataset.pixel_array
    except ScanError:
        raise
    except BaseException as error:  # each codec fails in its own way
        if not is_damage(error):
            raise
        message = f"{path.name}: the pixel data cannot be decoded ({type(error).__name__}), damaged or cut short"
        raise ScanError("scan-truncated", message) from error
    return pixels.reshape(-1, *pixels.shape[-2:])


def _with_syntax(dataset: Dataset) -> Dataset:
    """The dataset with a transfer syntax: a file without the `DICM` mark has none, but its bytes have shown it."""
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit = dataset.original_encoding[0]
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    return dataset


def _check_coded(path: Path, dataset: Dataset) -> None:
    """Objects to files that end before their pixels do, and to code streams of another size than their header's."""
    stored, count = dataset.get("PixelData") or b"", int(dataset.get("NumberOfFrames") or 1)
    expected = int(dataset.Rows), int(dataset.Columns)
    if stored and dataset.file_meta.TransferSyntaxUID.is_compressed:
        for frame in generate_frames(stored, number_of_frames=count):
            if (size := coded_size(frame)) is not None and size != expected:
                message = f"{path.name}: the compressed pixels are {size}, the header says {expected}"
                raise ScanError("scan-unreadable", message)
        return
    wanted = expected[0] * expected[1] * count * int(dataset.BitsAllocated) // 8
    if len(stored) < wanted or not stored:
        raise ScanError("scan-truncated", f"{path.name}: {wanted} bytes of pixel data expected, got {len(stored)}")
