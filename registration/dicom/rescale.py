"""What a header says about its numbers: how stored ones become intensities, and which of them mean "nothing here"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from registration.dicom.geometry_tags import float_of
from registration.dicom.identifiers import of_instance
from registration.errors import ScanError

AIR_HU, DENSEST_HU = -1024.0, 3071.0
"""The scale of CT: padding within it is left alone, for it may be real tissue; padding outside becomes air."""


@dataclass(frozen=True)
class Rescale:
    """Intensity is `slope * stored + intercept`; `given` is False where the header leaves both out.

    padding: smallest and largest stored number that mark pixels outside the image; None without such a mark.
    """

    slope: float
    intercept: float
    given: bool
    padding: tuple[float, float] | None

    def applied(self, stored: NDArray[np.number], modality: str) -> NDArray[np.float32]:
        """Intensities of stored numbers. Padding that no tissue can be becomes air in CT."""
        values = stored * np.float32(self.slope) + np.float32(self.intercept)
        if modality == "CT" and self.pads_visibly:
            assert self.padding is not None
            values[(stored >= self.padding[0]) & (stored <= self.padding[1])] = AIR_HU
        return np.asarray(values, np.float32)

    @property
    def pads_visibly(self) -> bool:
        """Whether padding would be read as an intensity off the scale of CT."""
        if self.padding is None:
            return False
        ends = [self.slope * v + self.intercept for v in self.padding]
        return max(ends) < AIR_HU or min(ends) > DENSEST_HU


def rescale_of(path: str, header: Dataset) -> Rescale:
    """The rescaling of one image or frame. Raises `series-rescale-invalid` where it would destroy the intensities."""
    slope, intercept = float_of(header, "RescaleSlope", 1.0), float_of(header, "RescaleIntercept", 0.0)
    usable = np.isfinite([slope, intercept]).all() and slope != 0 and max(abs(slope), abs(intercept)) < 1e30
    if not usable or header.get("ModalityLUTSequence"):
        what = "a table" if usable else f"slope {slope} and intercept {intercept}"
        where, details = of_instance(path, header)
        message = f"{where}: stored numbers must become intensities by a slope and an intercept, got {what}"
        raise ScanError("series-rescale-invalid", message, **details)
    given = header.get("RescaleSlope") is not None and header.get("RescaleIntercept") is not None
    return Rescale(slope, intercept, given, _padding(header))


def _padding(header: Dataset) -> tuple[float, float] | None:
    first, limit = (_stored(header, name) for name in ("PixelPaddingValue", "PixelPaddingRangeLimit"))
    if first is None:
        return None
    return min(first, first if limit is None else limit), max(first, first if limit is None else limit)


def _stored(header: Dataset, keyword: str) -> float | None:
    """A stored number; some writers give negative ones as unsigned."""
    value = header.get(keyword)
    if value is None or isinstance(value, (bytes, str)):
        return None
    number, bits = int(value), int(header.get("BitsAllocated") or 16)
    return float(
        number - (1 << bits) if header.get("PixelRepresentation") == 1 and number >> (bits - 1) == 1 else number
    )
