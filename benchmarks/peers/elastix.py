"""elastix by its Python package: its default affine stage and B-spline."""

from __future__ import annotations

from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.peers.itk_fields import field_of_array
from benchmarks.peers.working_grid import Peer
from registration.field.displacement import DisplacementField
from registration.volume import Volume

SETTINGS: dict[str, Any] = {
    "maps": "defaults of affine and bspline: mutual information, 4 levels",
    "control_points_mm": 10.0,
    "iterations": 256,
    "samples": 2048,
}


def displace(fixed: Volume, moving: Volume, settings: Mapping[str, Any] = SETTINGS) -> DisplacementField:
    """The transform of both stages at every voxel."""
    import itk

    images = itk_image(fixed), itk_image(moving)
    _, transform = itk.elastix_registration_method(
        *images, parameter_object=_parameters(settings), log_to_console=False
    )
    with TemporaryDirectory(prefix="kernelreg-elastix-") as folder:  # it writes the field there as well
        vectors = itk.transformix_deformation_field(images[1], transform, output_directory=folder)
        return field_of_array(itk.array_view_from_image(vectors), fixed.grid)


def _parameters(settings: Mapping[str, Any]) -> Any:  # noqa: ANN401 itk ships without types
    import itk

    parameters = itk.ParameterObject.New()
    for name in ("affine", "bspline"):
        stage = parameters.GetDefaultParameterMap(name, 4, settings["control_points_mm"])
        stage["MaximumNumberOfIterations"] = [str(settings["iterations"])]
        stage["NumberOfSpatialSamples"] = [str(settings["samples"])]
        parameters.AddParameterMap(stage)
    return parameters


def itk_image(volume: Volume) -> Any:  # noqa: ANN401
    """The volume as an image of itk's Python package."""
    import itk

    image = itk.image_from_array(np.ascontiguousarray(volume.values, np.float32))
    image.SetSpacing(volume.grid.spacing_mm)
    image.SetOrigin(volume.grid.origin_mm)
    image.SetDirection(itk.matrix_from_array(volume.grid.axes.copy()))
    return image


ELASTIX = Peer(displace, SETTINGS, "itk", "itk-elastix", "pip install itk-elastix")
