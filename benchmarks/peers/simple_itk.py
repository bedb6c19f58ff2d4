"""SimpleITK's own registrations: demons with fast symmetric forces, and a cubic B-spline over three levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK as sitk

from benchmarks.peers.itk_fields import field_of
from benchmarks.peers.working_grid import Peer
from registration.field.displacement import DisplacementField
from registration.products.itk import as_itk, as_itk_vectors
from registration.volume import Volume

DEMONS: dict[str, Any] = {
    "filter": "FastSymmetricForcesDemons",
    "shrink": [4, 2, 1],
    "iterations": [100, 100, 50],
    "field_sigma_voxels": 1.5,
    "update_sigma_voxels": 1.0,
}
B_SPLINE: dict[str, Any] = {
    "transform": "cubic B-spline",
    "metric": "mean squares, a tenth of the voxels",
    "optimizer": "LBFGS2",
    "accuracy": 1e-8,
    "control_points_mm": [40, 20, 10],
    "shrink": [4, 2, 1],
    "smoothing_voxels": [2, 1, 0],
    "iterations_per_level": 30,
}
SHARE, SEED = 0.1, 1


def _demons(fixed: Volume, moving: Volume) -> DisplacementField:
    images = as_itk(fixed), as_itk(moving)
    still = np.zeros((*fixed.grid.shape, 3), np.float32)
    field = as_itk_vectors(DisplacementField(still, fixed.grid), np.float64)
    for shrink, iterations in zip(DEMONS["shrink"], DEMONS["iterations"], strict=True):
        level = [_shrunk(image, shrink) for image in images]
        demons = sitk.FastSymmetricForcesDemonsRegistrationFilter()
        demons.SetNumberOfIterations(iterations)
        demons.SmoothDisplacementFieldOn()
        demons.SetStandardDeviations(DEMONS["field_sigma_voxels"])
        demons.SmoothUpdateFieldOn()
        demons.SetUpdateFieldStandardDeviations(DEMONS["update_sigma_voxels"])
        field = demons.Execute(*level, sitk.Resample(field, level[0]))
    return field_of(field, fixed.grid)


def _shrunk(image: sitk.Image, factor: int) -> sitk.Image:
    if factor == 1:
        return image
    variances = [(0.5 * factor * step) ** 2 for step in image.GetSpacing()]
    shrunk: sitk.Image = sitk.Shrink(sitk.DiscreteGaussian(image, variances), [factor] * 3)
    return shrunk


def _b_spline(fixed: Volume, moving: Volume) -> DisplacementField:
    image = as_itk(fixed)
    registration = sitk.ImageRegistrationMethod()
    registration.SetMetricAsMeanSquares()
    registration.SetMetricSamplingStrategy(registration.RANDOM)
    registration.SetMetricSamplingPercentage(SHARE, SEED)
    registration.SetInterpolator(sitk.sitkLinear)
    registration.SetShrinkFactorsPerLevel(B_SPLINE["shrink"])
    registration.SetSmoothingSigmasPerLevel(B_SPLINE["smoothing_voxels"])
    registration.SmoothingSigmasAreSpecifiedInPhysicalUnitsOff()
    registration.SetOptimizerAsLBFGS2(B_SPLINE["accuracy"], B_SPLINE["iterations_per_level"])
    coarsest = B_SPLINE["control_points_mm"][0]
    mesh = [max(1, round(n * s / coarsest)) for n, s in zip(fixed.grid.size, fixed.grid.spacing_mm, strict=True)]
    spline = sitk.BSplineTransformInitializer(image, mesh)
    factors = [round(coarsest / step) for step in B_SPLINE["control_points_mm"]]
    registration.SetInitialTransformAsBSpline(spline, inPlace=True, scaleFactors=factors)
    found = registration.Execute(image, as_itk(moving))
    return field_of(_sampled(found, image), fixed.grid)


def _sampled(transform: sitk.Transform, image: sitk.Image) -> sitk.Image:
    """The transform's displacement at every voxel of the image."""
    frame = image.GetSize(), image.GetOrigin(), image.GetSpacing(), image.GetDirection()
    sampled: sitk.Image = sitk.TransformToDisplacementField(transform, sitk.sitkVectorFloat64, *frame)
    return sampled


DEMONS_PEER = Peer(_demons, DEMONS, "SimpleITK", "SimpleITK")
B_SPLINE_PEER = Peer(_b_spline, B_SPLINE, "SimpleITK", "SimpleITK")
