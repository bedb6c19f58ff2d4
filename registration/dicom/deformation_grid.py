"""Items of a Deformable Spatial Registration become numbers: its vector grid and its matrices, checked (C.20.3)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from registration.errors import ScanError
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.geometry.grid import Floats
from registration.geometry.orthonormal import TOLERANCE, nearest_orthonormal, orthonormal_deviation

VECTOR_BYTES = 12
LARGEST_OFFSET_MM = 1e4
"""Nobody is ten metres long: such offsets were written in another byte order or are no floats."""
LARGEST_SIZE = 2**16


def vector_grid(item: Dataset, largest_points: int) -> DisplacementField:
    """The grid of one item with its offsets, NaN where undefined. Raises `field-unreadable`."""
    grid = _grid(item, largest_points)
    vectors = _vectors(item, grid)
    undefined = np.asarray(np.logical_not(np.isfinite(vectors).all(-1)))
    largest = float(np.max(np.abs(vectors), where=~undefined[..., None], initial=0.0))
    if largest > LARGEST_OFFSET_MM:
        raise ScanError("field-unreadable", f"offsets of up to {largest:.3g} mm are no displacements of a patient.")
    if undefined.any():
        vectors = np.where(undefined[..., None], np.float32(np.nan), vectors)
    return DisplacementField(vectors, grid)


def matrix_of(item: Dataset, keyword: str) -> Floats:
    """The (4, 4) matrix of a sequence of at most one item; the identity where there is none."""
    sequence = item.get(keyword)
    if not sequence:
        return np.eye(4)
    matrix = _numbers(sequence[0], "FrameOfReferenceTransformationMatrix", 16).reshape(4, 4)
    if not np.allclose(matrix[3], (0, 0, 0, 1), atol=1e-6) or abs(np.linalg.det(matrix[:3, :3])) < 1e-6:
        raise ScanError("field-unreadable", f"{keyword} holds no invertible homogeneous matrix: {matrix.tolist()}.")
    return matrix


def _grid(item: Dataset, largest_points: int) -> Grid:
    size = _numbers(item, "GridDimensions", 3)
    spacing = _numbers(item, "GridResolution", 3)
    position = _numbers(item, "ImagePositionPatient", 3)
    if min(size) < 1 or max(size) > LARGEST_SIZE or min(spacing) <= 0:
        message = f"a grid has sizes of 1 to {LARGEST_SIZE} and positive resolutions, got {size} and {spacing} mm."
        raise ScanError("field-unreadable", message)
    x, y, z = (int(n) for n in size)
    if x * y * z > largest_points:
        raise ScanError("field-unreadable", f"the grid has {x * y * z} points, accepted are {largest_points}.")
    direction = tuple((float(a), float(b), float(c)) for a, b, c in _axes(item))
    (dx, dy, dz), (px, py, pz) = spacing.tolist(), position.tolist()
    return Grid((x, y, z), (dx, dy, dz), (px, py, pz), direction)


def _axes(item: Dataset) -> Floats:
    """Row, column and their cross product as columns (3, 3)."""
    row, column = _numbers(item, "ImageOrientationPatient", 6).reshape(2, 3)
    axes = np.stack([row, column, np.cross(row, column)], axis=1)
    deviation = orthonormal_deviation(axes)
    if deviation > TOLERANCE:
        message = f"ImageOrientationPatient of the grid is not orthonormal: off by {deviation:.4g}"
        raise ScanError("field-unreadable", f"{message}, accepted {TOLERANCE}.")
    return nearest_orthonormal(axes)


def _vectors(item: Dataset, grid: Grid) -> NDArray[np.float32]:
    """(z, y, x, 3) float32 in the byte order of the file."""
    value, expected = item.get("VectorGridData"), math.prod(grid.size) * VECTOR_BYTES
    if not isinstance(value, bytes):
        value = np.asarray(value if value is not None else [], np.float32).astype("<f4").tobytes()
        order = "<"
    else:
        order = "<" if item.original_encoding[1] is not False else ">"
    if len(value) != expected:
        message = f"a grid of {grid.size} points (x, y, z) takes {expected} bytes of VectorGridData, got {len(value)}."
        raise ScanError("field-unreadable", message)
    vectors = np.frombuffer(value, f"{order}f4").reshape(*grid.shape, 3)
    return vectors.astype(np.float32, copy=False)


def _numbers(item: Dataset, keyword: str, count: int) -> Floats:
    value = item.get(keyword)
    numbers = np.asarray([float(v) for v in value or []], np.float64)
    if numbers.shape != (count,) or not np.isfinite(numbers).all():
        raise ScanError("field-unreadable", f"{keyword} must hold {count} finite numbers, got others.")
    return numbers
