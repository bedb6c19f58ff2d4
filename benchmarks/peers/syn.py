"""ANTs by its Python package: symmetric normalisation with local correlation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import SimpleITK as sitk

from benchmarks.peers.itk_fields import field_of
from benchmarks.peers.working_grid import Peer
from registration.field.displacement import DisplacementField
from registration.volume import Volume

SETTINGS: dict[str, Any] = {
    "type_of_transform": "SyNOnly",
    "syn_metric": "CC",
    "syn_sampling": 2,
    "reg_iterations": [100, 50, 10],
    "grad_step": 0.2,
    "flow_sigma": 3,
    "total_sigma": 0,
    "random_seed": 1,
}


def displace(fixed: Volume, moving: Volume, settings: Mapping[str, Any] = SETTINGS) -> DisplacementField:
    """The warp that the tool writes, read back."""
    import ants

    with TemporaryDirectory(prefix="kernelreg-syn-") as folder:
        found = ants.registration(_image(fixed), _image(moving), outprefix=str(Path(folder) / "syn"), **settings)
        (warp,) = (name for name in found["fwdtransforms"] if name.endswith("Warp.nii.gz"))
        return field_of(sitk.ReadImage(warp), fixed.grid)


def _image(volume: Volume) -> Any:  # noqa: ANN401 ants ships without types
    """ANTs takes arrays (x, y, z)."""
    import ants

    grid = volume.grid
    values = np.ascontiguousarray(volume.values.transpose(2, 1, 0), np.float32)
    return ants.from_numpy(values, list(grid.origin_mm), list(grid.spacing_mm), grid.axes.copy())


SYN = Peer(
    displace,
    SETTINGS,
    "ants",
    "antspyx",
    "it asks for an older numpy than it needs: pip install --no-deps antspyx, then pip install pandas pyyaml requests "
    "scikit-learn statsmodels webcolors",
)
