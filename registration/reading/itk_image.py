"""An MHA, MHD or NRRD file becomes a volume, read by ITK with the reader that its content asks for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from registration.errors import ScanError
from registration.geometry import Grid
from registration.reading.detached import detached_data
from registration.reading.limits import ReadingLimits
from registration.reading.placement import check_size, placed_grid
from registration.volume import Volume

SUFFIX = {("mha", False): ".mha", ("mha", True): ".mhd", ("nrrd", False): ".nrrd", ("nrrd", True): ".nhdr"}


def read_itk(path: Path, kind: str, limits: ReadingLimits) -> tuple[Volume, tuple[str, ...]]:
    """The volume of an MHA, MHD or NRRD file whatever its name, and notes on its geometry."""
    with opened(path, kind) as reader:
        image = _read(path, reader, limits)
    grid, notes = grid_of(path, image)
    return Volume(np.asarray(sitk.GetArrayFromImage(image), np.float32), grid), notes


@contextmanager
def opened(path: Path, kind: str) -> Iterator[sitk.ImageFileReader]:
    """ITK's reader at the file, whatever its name, when it has read the header."""
    data = detached_data(path, kind)
    with tempfile.TemporaryDirectory(prefix="kernelreg-") as folder:
        link = Path(folder) / f"scan{SUFFIX[kind, data is not None]}"  # ITK chooses its reader by the suffix
        link.symlink_to(path.resolve())
        if data is not None:
            (Path(folder) / data.name).symlink_to(data.resolve())
        reader = sitk.ImageFileReader()
        reader.SetFileName(str(link))
        try:
            reader.ReadImageInformation()
        except RuntimeError as error:
            raise ScanError("scan-unreadable", f"{path.name}: the header is not valid") from error
        yield reader


def grid_of(path: Path, image: sitk.Image) -> tuple[Grid, tuple[str, ...]]:
    """The grid of a three-dimensional image, and notes on its geometry."""
    axes = np.reshape(image.GetDirection(), (3, 3))
    spacing, origin = np.asarray(image.GetSpacing()), np.asarray(image.GetOrigin())
    return placed_grid(path.name, image.GetSize(), spacing, origin, axes)


def voxels_of(path: Path, reader: sitk.ImageFileReader) -> sitk.Image:
    """The image that the reader is at; raises `scan-truncated`."""
    try:
        image: sitk.Image = reader.Execute()
    except RuntimeError as error:
        message = f"{path.name}: the file is damaged or ends before its {reader.GetSize()} voxels do"
        raise ScanError("scan-truncated", message) from error
    return image


def _read(path: Path, reader: sitk.ImageFileReader, limits: ReadingLimits) -> sitk.Image:
    size = reader.GetSize()
    if len(size) == 4 and size[3] == 1:
        reader.SetExtractSize([*size[:3], 0])
    elif len(size) != 3 or reader.GetNumberOfComponents() != 1:
        channels = reader.GetNumberOfComponents()
        raise ScanError(
            "scan-not-a-volume", f"{path.name}: expected three axes and one channel, got {size} and {channels}"
        )
    check_size(path.name, size, limits)
    return voxels_of(path, reader)
