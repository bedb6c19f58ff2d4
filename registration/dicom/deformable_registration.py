"""A Deformable Spatial Registration, ours or another's, becomes a map of points from the fixed to the moving frame.

PS3.3 C.20.3.1.1: a point x of the registered (fixed) frame goes through the pre-deformation matrix, the offset that the
grid has at x is added, and the post-deformation matrix leads into the source (moving) frame:
`moving_point = after(before(x) + d(x))`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import ArrayLike, NDArray
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, DeformableSpatialRegistrationStorage

from registration.dicom.continuation import continued
from registration.dicom.damage import is_damage
from registration.dicom.deformation_grid import matrix_of, vector_grid
from registration.dicom.identifiers import uid_of
from registration.dicom.preamble import has_mark, refuse_disguise
from registration.errors import KernelregError, ScanError
from registration.field.displacement import DisplacementField, trilinear_corners
from registration.field.parallel import parallel, sampled_along
from registration.geometry import Grid

Floats = NDArray[np.float64]
LARGEST_POINTS = 2**32 // 12
"""Grid points of an object of 4 GiB."""
ROUNDING = 1e-6
"""A grid point is itself, however rounding places it between its neighbours."""


@dataclass(frozen=True)
class DeformableRegistration:
    """One registration of a source frame of reference. `field` may hold NaN where the map is undefined.

    before, after: (4, 4) homogeneous matrices in mm, row by row as in the file.
    """

    fixed_frame_uid: str
    moving_frame_uid: str
    field: DisplacementField
    before: Floats
    after: Floats

    def map_points(self, points: ArrayLike) -> Floats:
        """Moving points (N, 3) mm of fixed points (N, 3) mm; NaN where the object does not define the map.

        Between grid points the offsets are trilinear; the outer half voxel takes its nearest grid point, as in
        `DisplacementField`, and beyond that nothing is defined.
        """
        fixed = np.asarray(points, np.float64).reshape(-1, 3)
        corners, weights = trilinear_corners(self.field.grid, fixed)
        x, y, z = np.moveaxis(corners, -1, 0)
        vectors = self.field.vectors_mm[z, y, x].astype(np.float64)  # (N, 8, 3)
        vectors = np.where(weights[..., None] > ROUNDING, vectors, 0.0)  # an undefined corner need not count
        offsets = np.einsum("nc,ncd->nd", weights, vectors)
        offsets[~self.field.grid.contains(fixed)] = np.nan
        return _moved(self.after, _moved(self.before, fixed) + offsets)

    def defined_on(self, grid: Grid) -> NDArray[np.bool_]:
        """(z, y, x): at which voxels of a grid of the fixed frame the object defines the map."""
        whole, values = bool(np.isfinite(self.field.vectors_mm).all()), np.empty(grid.shape, bool)
        for z, points in enumerate(_slices(grid)):
            inside = self.field.grid.contains(points)
            values[z] = (inside if whole else np.isfinite(self.map_points(points)).all(-1)).reshape(values[z].shape)
        return values

    def field_on(self, grid: Grid) -> DisplacementField:
        """The whole map, matrices included, as a field on a grid of the fixed frame; `moving_point = x + d(x)`.

        Where the object does not define the map, the field goes on with what lies nearest: see `defined_on`.
        """
        whole = DisplacementField(continued(self.field.vectors_mm), self.field.grid)
        if self.plain and grid == whole.grid:
            return whole
        if self.plain and parallel(grid, whole.grid):
            return sampled_along(whole, grid)
        vectors = np.empty((*grid.shape, 3), np.float32)
        for z, points in enumerate(_slices(grid)):
            moving = _moved(self.after, _moved(self.before, points) + whole.at(points))
            vectors[z] = (moving - points).reshape(vectors[z].shape)
        return DisplacementField(vectors, grid)

    @property
    def plain(self) -> bool:
        """Whether everything is in the grid."""
        return bool((self.before == np.eye(4)).all() and (self.after == np.eye(4)).all())


def read_deformable_registration(
    path: Path, *, moving_frame_uid: str | None = None, largest_points: int = LARGEST_POINTS
) -> DeformableRegistration:
    """The registration in a file; of several, the one whose source is `moving_frame_uid`.

    Raises `field-unreadable` for any other object, for damage, for a grid of more than `largest_points` points, and
    where several registrations could be meant; `preamble-unsafe` as every reader of DICOM.
    """
    refuse_disguise(path)
    try:
        with warnings.catch_warnings(action="ignore"):
            return _registration(_read(path), moving_frame_uid, largest_points)
    except KernelregError as error:
        error.message = f"{path.name}: {error.message}"
        raise
    except Exception as error:
        if not is_damage(error):
            raise
        message = f"{path.name}: the registration object cannot be read ({type(error).__name__})."
        raise ScanError("field-unreadable", message) from error


def _read(path: Path) -> Dataset:
    if has_mark(path):
        syntax = pydicom.filereader.read_file_meta_info(path).get("TransferSyntaxUID", "")
        if syntax == DeflatedExplicitVRLittleEndian:  # it can inflate a thousandfold
            raise ScanError("field-unreadable", "the deflated transfer syntax is not accepted.")
    one = pydicom.dcmread(path, force=True)
    if one.get("SOPClassUID") != DeformableSpatialRegistrationStorage:
        raise ScanError("field-unreadable", "expected a Deformable Spatial Registration, got another DICOM object.")
    return one


def _registration(one: Dataset, moving_frame_uid: str | None, largest_points: int) -> DeformableRegistration:
    item = _chosen(one, moving_frame_uid)
    return DeformableRegistration(
        str(one.get("FrameOfReferenceUID", "")),
        str(item.get("SourceFrameOfReferenceUID", "")),
        vector_grid(item.DeformableRegistrationGridSequence[0], largest_points),
        matrix_of(item, "PreDeformationMatrixRegistrationSequence"),
        matrix_of(item, "PostDeformationMatrixRegistrationSequence"),
    )


def _chosen(one: Dataset, moving_frame_uid: str | None) -> Dataset:
    """The item that holds the grid: of several the one of the moving frame of reference."""
    sequence: Sequence[Dataset] = one.get("DeformableRegistrationSequence") or []
    items = [item for item in sequence if item.get("DeformableRegistrationGridSequence")]
    if not items:
        raise ScanError("field-unreadable", "no item of the registration holds a grid.")
    of_frame = [item for item in items if item.get("SourceFrameOfReferenceUID") == moving_frame_uid]
    chosen = items if moving_frame_uid is None else of_frame
    if len(chosen) != 1:
        sources = ", ".join(uid_of(item, "SourceFrameOfReferenceUID") or "none" for item in items)
        wanted = f"one whose source frame of reference is {moving_frame_uid}" if moving_frame_uid else "one grid"
        raise ScanError("field-unreadable", f"expected {wanted}, got {len(items)} with the sources {sources}.")
    return chosen[0]


def _moved(matrix: Floats, points: Floats) -> Floats:
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])


def _slices(grid: Grid) -> Iterator[Floats]:
    """Points (N, 3) mm of one slice of voxels after the other."""
    x, y, z = grid.size
    return (grid.voxel_points((0, 0, k), (x, y, k + 1)).reshape(-1, 3) for k in range(z))
