"""Volumes written as other tools write them: through ITK, with any suffix."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from registration.geometry import Grid


def write_image(values: np.ndarray, grid: Grid, path: Path) -> Path:
    """Writes an array (z, y, x) on a grid; the suffix chooses the format."""
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(grid.spacing_mm)
    image.SetOrigin(grid.origin_mm)
    image.SetDirection(grid.axes.ravel().tolist())
    sitk.WriteImage(image, str(path))
    return path
