"""One DICOM file becomes its numbers as stored, whatever the transfer syntax, or an objection to damaged pixels."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from registration.dicom.codestream import coded_size
from registration.dicom.damage import is_damage
from registration.errors import ScanError

TRUSTED_BYTES = 64 * 2**20
"""A compressed frame that asks for more than this must hold its share of it."""
PADDING_BYTES = 16
"""Fewer bytes behind the pixels are padding, whatever wrote them."""
INFLATION = 200
"""Largest ratio of decoded to compressed bytes; run lengths reach 64, lossless CT 2 to 4."""


def stored_values(path: Path) -> NDArray[np.number]:
    """The numbers as stored, (frames, rows, columns); unused bits are cleared, signs extended."""
    try:
        with warnings.catch_warnings(action="ignore"):
            dataset = _with_syntax(pydicom.dcmread(path, force=True))
            _check_bytes(path.name, dataset)
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


def _check_bytes(name: str, dataset: Dataset) -> None:
    """Objects to pixels that are not as many bytes as the header's size asks for."""
    stored, count = dataset.get("PixelData") or b"", int(dataset.get("NumberOfFrames") or 1)
    row_bits = int(dataset.Columns) * int(dataset.BitsAllocated)
    wanted = (int(dataset.Rows) * row_bits * count + 7) // 8  # segmentations hold eight pixels in a byte
    if stored and dataset.file_meta.TransferSyntaxUID.is_compressed:
        _check_inflation(name, stored, wanted)
        if dataset.file_meta.TransferSyntaxUID != RLELossless:
            _check_coded(name, stored, count, (int(dataset.Rows), int(dataset.Columns)))
    elif len(stored) < wanted or not stored:
        raise ScanError("scan-truncated", f"{name}: {wanted} bytes of pixel data expected, got {len(stored)}")
    elif len(stored) >= wanted + max(row_bits // 8, PADDING_BYTES):
        message = f"{name}: {len(stored)} bytes of pixel data, but rows, columns and frames ask for {wanted}"
        raise ScanError("scan-unreadable", message)


def _check_coded(name: str, stored: bytes, count: int, expected: tuple[int, int]) -> None:
    """Objects to code streams of another size than their header's, and to what does not say its size."""
    for frame in generate_frames(stored, number_of_frames=count):
        if (size := coded_size(frame)) != expected:
            message = f"{name}: the compressed pixels are {size or 'of a size that cannot be read'}"
            raise ScanError("scan-unreadable", f"{message}, the header says {expected}")


def _check_inflation(name: str, stored: bytes, wanted: int) -> None:
    """Objects to compressed pixels that inflate beyond measure."""
    if wanted > max(TRUSTED_BYTES, INFLATION * len(stored)):
        message = (
            f"{name}: {len(stored)} compressed bytes would inflate to {wanted}, accepted is a ratio of {INFLATION}"
        )
        raise ScanError("scan-unreadable", message)
