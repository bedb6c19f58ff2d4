"""The slices of a series become one array of intensities, each slice rescaled by its own slope and intercept."""

from __future__ import annotations

import warnings
from itertools import groupby
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset

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
            dataset = pydicom.dcmread(path, force=True)
            _check_length(path, dataset)
            pixels = dataset.pixel_array
    except ScanError:
        raise
    except EOFError as error:
        raise ScanError("scan-truncated", f"{path.name}: the file ends within its pixel data") from error
    except Exception as error:  # each codec fails in its own way
        message = (
            f"{path.name}: the pixel data cannot be decoded ({type(error).__name__}); the file is damaged or cut short"
        )
        raise ScanError("scan-truncated", message) from error
    return pixels.reshape(-1, *pixels.shape[-2:])


def _check_length(path: Path, dataset: Dataset) -> None:
    """Objects to files that end before their pixels do. Compressed data say so only when decoded."""
    stored = len(dataset.get("PixelData") or b"")
    syntax = dataset.file_meta.get("TransferSyntaxUID") if hasattr(dataset, "file_meta") else None
    if stored and syntax is not None and syntax.is_compressed:
        return
    expected = (
        int(dataset.Rows)
        * int(dataset.Columns)
        * int(dataset.get("NumberOfFrames") or 1)
        * int(dataset.BitsAllocated)
        // 8
    )
    if stored < expected or not stored:
        raise ScanError("scan-truncated", f"{path.name}: {expected} bytes of pixel data expected, got {stored}")
