"""Two scans become two images on one grid, as the paper prepares them: its two protocols, as data.

Lung CT (NLST) at half resolution, 112 x 96 x 112 voxels of 3 mm; liver in a crop of 80 x 192 x 192 voxels of
3.0 x 1.4 x 1.4 mm (z, y, x), intensities between its 5th and 95th percentile. The grid lies along the patient axes,
around the middle of the patient or of a mask, whatever the storage of either scan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from registration.errors import MethodError
from registration.geometry import Grid
from registration.presets import PRESETS, Preset
from registration.volume import Volume, canonical
from registration.working import WorkingPair, body_corners, resample_window, transform_points

MIN_OVERLAP = 0.1
"""Share of the grid that both scans must show."""


@dataclass(frozen=True)
class Protocol:
    """The grid that both images share, (x, y, z), and the window, whose percentiles are those of the crop."""

    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    preset: Preset

    def grid_around(self, centre: NDArray[np.float64]) -> Grid:
        """The grid whose middle is the point (3,) mm."""
        x, y, z = centre - 0.5 * (np.asarray(self.size) - 1) * self.spacing_mm
        return Grid(self.size, self.spacing_mm, (float(x), float(y), float(z)))


PROTOCOLS = {
    "nlst": Protocol((112, 96, 112), (3.0, 3.0, 3.0), PRESETS["thorax"]),
    "liver": Protocol((192, 192, 80), (1.4, 1.4, 3.0), Preset("abdomen", None, None, 5.0, 95.0)),
}
"""By the names that `PyramidConfig.protocol` takes."""


def prepared(
    fixed: Volume,
    moving: Volume,
    protocol: Protocol,
    *,
    to_moving: NDArray[np.float64],
    fixed_mask: Volume | None = None,
) -> WorkingPair:
    """Both images (z, y, x) in [0, 1] on the protocol's grid, the moving one through the pre-alignment.

    to_moving: (4, 4) homogeneous LPS matrix, fixed to moving. fixed_mask: of the organ, on the fixed grid, around
    which to crop; without one the patient's middle. Raises MethodError `scans-do-not-overlap`.
    """
    grid = protocol.grid_around(_centre(fixed, fixed_mask, protocol.preset))
    images = [_image(v, grid, m, protocol.preset) for v, m in ((fixed, np.eye(4)), (moving, to_moving))]
    (fixed_image, fixed_inside), (moving_image, moving_inside) = images
    shared = float((fixed_inside & moving_inside).float().mean())
    if shared < MIN_OVERLAP:
        raise MethodError(
            "scans-do-not-overlap",
            f"After pre-alignment both scans show {100 * shared:.0f} % of the working grid; "
            f"it takes {100 * MIN_OVERLAP:.0f} %.",
        )
    return WorkingPair(fixed_image, fixed_inside, grid, moving_image, moving_inside, grid)


def _centre(fixed: Volume, mask: Volume | None, preset: Preset) -> NDArray[np.float64]:
    """The middle (3,) mm of the mask's box, or of the patient's."""
    if mask is None or not mask.values.any():
        return np.asarray(body_corners(fixed, preset).mean(0), np.float64)
    chosen = np.argwhere(mask.values > 0)[:, ::-1]
    return mask.grid.index_to_mm(0.5 * (chosen.min(0) + chosen.max(0)))


def _image(volume: Volume, grid: Grid, to_volume: NDArray[np.float64], preset: Preset) -> tuple[Tensor, Tensor]:
    """One scan on the grid, windowed by what the grid shows of it, and where it lies in the scan."""
    volume = canonical(volume)
    return resample_window(volume, grid, to_volume, preset.window(_shown(volume, grid, to_volume)))


def _shown(volume: Volume, grid: Grid, to_volume: NDArray[np.float64]) -> Volume:
    """The smallest box of the volume's voxels that holds what the grid covers; all of it where that is nothing."""
    index = np.rint(volume.grid.mm_to_index(transform_points(to_volume, grid.corners()))).astype(int)
    low, high = np.maximum(index.min(0), 0), np.minimum(index.max(0) + 1, volume.grid.size)
    if np.any(high <= low):
        return volume
    (x0, y0, z0), (x1, y1, z1) = low.tolist(), high.tolist()
    ox, oy, oz = volume.grid.index_to_mm(low).tolist()
    part = Grid((x1 - x0, y1 - y0, z1 - z0), volume.grid.spacing_mm, (ox, oy, oz), volume.grid.direction)
    return Volume(volume.values[z0:z1, y0:y1, x0:x1], part)
