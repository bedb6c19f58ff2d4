"""Multi-frame objects and reports read from the standard's text with pydicom's parser alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from registration.geometry import Grid


@dataclass(frozen=True)
class Frame:
    """Values (rows, columns) at points (rows, columns, 3) mm; segment number, and what the frame was made from."""

    values: np.ndarray
    points: np.ndarray
    segment: int | None
    source: Dataset


def frames_of(one: Dataset) -> list[Frame]:
    """The frames of a Segmentation or Parametric Map, in stored order."""
    (shared,) = one.SharedFunctionalGroupsSequence
    return [
        Frame(values, points(shared, group, values.shape), segment_of(group), source_of(group))
        for values, group in zip(planes(one), one.PerFrameFunctionalGroupsSequence, strict=True)
    ]


def planes(one: Dataset) -> np.ndarray:
    """Stored values (frames, rows, columns): floats, or bits from the lowest of each byte upwards (PS3.5 8.1.1)."""
    shape = (int(one.NumberOfFrames), one.Rows, one.Columns)
    if "FloatPixelData" in one:
        return np.frombuffer(one.FloatPixelData, "<f4").reshape(shape)
    bits = np.unpackbits(np.frombuffer(one.PixelData, np.uint8), bitorder="little")
    return bits[: int(np.prod(shape))].reshape(shape)


def points(shared: Dataset, group: Dataset, shape: tuple[int, ...]) -> np.ndarray:
    """Centres of a frame's pixels: equation C.7.6.2.1-1."""
    row_step, column_step = (float(v) for v in shared.PixelMeasuresSequence[0].PixelSpacing)
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float)
    first = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
    j, i = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    return first + i[..., None] * column_step * cosines[:3] + j[..., None] * row_step * cosines[3:]


def segment_of(group: Dataset) -> int | None:
    """Which segment a frame belongs to."""
    found = group.get("SegmentIdentificationSequence")
    return int(found[0].ReferencedSegmentNumber) if found else None


def source_of(group: Dataset) -> Dataset:
    """The one source image of a frame."""
    (derivation,) = group.DerivationImageSequence
    (source,) = derivation.SourceImageSequence
    return source


def voxels(grid: Grid, points: np.ndarray) -> tuple[np.ndarray, ...]:
    """Index (z, y, x) of the grid's voxels that lie at these points, to a thousandth of a voxel."""
    index = grid.mm_to_index(points)
    assert np.abs(index - np.rint(index)).max() < 1e-3
    x, y, z = np.moveaxis(np.rint(index).astype(int), -1, 0)
    return z, y, x


def numbers_of(item: Dataset) -> Iterator[tuple[str, str | None, float]]:
    """Concept, derivation and value of every number in the tree of a report."""
    if item.get("ValueType") == "NUM":
        (value,), (concept,) = item.MeasuredValueSequence, item.ConceptNameCodeSequence
        inner = [one for one in item.get("ContentSequence", ()) if one.ValueType == "CODE"]
        derivations = [one.ConceptCodeSequence[0].CodeMeaning for one in inner]
        yield concept.CodeValue, *(derivations or [None]), float(value.get("FloatingPointValue", value.NumericValue))
    for inner in item.get("ContentSequence", ()):
        yield from numbers_of(inner)
