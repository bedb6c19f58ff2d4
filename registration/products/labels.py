"""A label map of the moving scan becomes labels on the fixed grid: at every point the label that weighs most there.

    l(x) = argmax_k  sum of the trilinear weights of those of the 8 voxels around x + d(x) that carry k

What linear interpolation of every label's own mask and their largest would give, in a time that does not grow with the
number of labels: only where the eight differ is anything weighed. Of equals the smallest label wins, as in ITK.
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from registration.errors import ScanError
from registration.field.displacement import DisplacementField, trilinear_corners
from registration.geometry import Grid
from registration.products.blocks import cropped, slabs
from registration.products.itk import as_itk_vectors, placed
from registration.volume import Volume

LARGEST_LABEL = 2**16 - 1
Labels = NDArray[np.uint16]


class LabelPuller:
    """Labels that are ready to be pulled through any number of fields. Raises `labels-invalid`."""

    def __init__(self, moving: Volume) -> None:
        self.labels = as_labels(moving)
        self._grid = moving.grid
        self._nearest = placed(sitk.GetImageFromArray(self.labels), moving.grid)
        self._mixed = placed(sitk.GetImageFromArray(_mixed(self.labels)), _between(moving.grid))

    def through(self, field: DisplacementField) -> Labels:
        """The labels (z, y, x) on the field's grid, 0 where it leads out of the map."""
        found = np.empty(field.grid.shape, np.uint16)
        for box in slabs(field.grid):
            found[box.slices] = self._pulled(cropped(field, box))
        return found

    def _pulled(self, field: DisplacementField) -> Labels:
        vectors = as_itk_vectors(field, np.float64)
        reference = sitk.Image(list(field.grid.size), sitk.sitkUInt8)
        reference.CopyInformation(vectors)
        way = sitk.DisplacementFieldTransform(vectors)  # takes the image over
        near, kind = sitk.sitkNearestNeighbor, sitk.sitkUInt16
        found: Labels = sitk.GetArrayFromImage(sitk.Resample(self._nearest, reference, way, near, 0, kind))
        mixed = sitk.GetArrayFromImage(sitk.Resample(self._mixed, reference, way, near, 0, sitk.sitkUInt8, True))
        z, y, x = np.nonzero(mixed)
        points = field.grid.index_to_mm(np.stack([x, y, z], -1)) + field.vectors_mm[z, y, x]
        inside = self._grid.contains(points)
        found[z[inside], y[inside], x[inside]] = self._weighed(points[inside])
        return found

    def _weighed(self, points: NDArray[np.float64]) -> Labels:
        """The label (N,) that weighs most at each point (N, 3) mm."""
        corners, weights = trilinear_corners(self._grid, points)
        x, y, z = np.moveaxis(corners, -1, 0)
        labels = self.labels[z, y, x]  # (N, 8)
        order = np.argsort(labels, axis=1, kind="stable")
        labels, weights = np.take_along_axis(labels, order, 1), np.take_along_axis(weights, order, 1)
        votes = np.stack([(weights * (labels == labels[:, [i]])).sum(1) for i in range(8)], axis=1)
        best = votes.argmax(1)[:, None]
        return np.asarray(np.take_along_axis(labels, best, 1)[:, 0], np.uint16)


def as_labels(volume: Volume) -> Labels:
    """The values as whole numbers from 0 to 65535. Raises ScanError `labels-invalid`."""
    labels = np.empty(volume.grid.shape, np.uint16)
    for box in slabs(volume.grid):
        values = volume.values[box.slices]
        if not (values.min() >= 0 and values.max() <= LARGEST_LABEL and (values == np.rint(values)).all()):
            low, high = float(values.min()), float(values.max())
            message = f"Labels are whole numbers from 0 to {LARGEST_LABEL}, got values between {low:g} and {high:g}"
            raise ScanError("labels-invalid", f"{message}; is this a volume of intensities?")
        labels[box.slices] = values
    return labels


def _mixed(labels: Labels) -> NDArray[np.uint8]:
    """(z, y, x) 1 where a voxel and its seven neighbours towards the far corner do not all carry the same label."""
    low, high = labels, labels
    for axis in range(3):
        low, high = np.minimum(low, _next(low, axis)), np.maximum(high, _next(high, axis))
    return np.asarray(low != high, np.uint8)


def _next(labels: Labels, axis: int) -> Labels:
    """Of each voxel the next one along an axis, of the last one itself."""
    start, end = np.split(labels, [1], axis)[1], np.split(labels, [-1], axis)[1]
    return np.concatenate([start, end], axis)


def _between(grid: Grid) -> Grid:
    """The grid half a voxel on: its nearest voxel is the one below a point."""
    x, y, z = (float(v) for v in grid.index_to_mm((0.5, 0.5, 0.5)))
    return Grid(grid.size, grid.spacing_mm, (x, y, z), grid.direction)
