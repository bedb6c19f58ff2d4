"""The Jacobian against closed forms, ITK and Learn2Reg's own formula, on grids that are odd on purpose."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage
from scipy.spatial.transform import Rotation

from registration.field.displacement import DisplacementField
from registration.field.jacobian import (
    PIECE,
    TILE,
    jacobian_figures,
    jacobian_map,
    jacobian_within,
    sd_log_jacobian_learn2reg,
)
from registration.geometry import Box, Grid
from tests.builders.fields import smooth_field

AXES = Rotation.from_euler("xyz", [0.4, -0.3, 1.1]).as_matrix() @ np.diag([1, -1, 1])
ODD = Grid((14, TILE[1] + 3, 2 * TILE[0] + 5), (0.8, 1.7, 3.1), (-30.0, 12.0, 5.0), tuple(map(tuple, AXES.tolist())))


def affine_field(grid: Grid, matrix: np.ndarray) -> DisplacementField:
    points = grid.voxel_points()
    return DisplacementField((points @ (matrix - np.eye(3)).T).astype(np.float32), grid)


@pytest.mark.parametrize("grid", [ODD, Grid((9, 8, 7), (1.0, 2.0, 3.0)), Grid((5, 6, TILE[0]), (1.0, 1.0, 1.0))])
def test_an_affine_map_has_its_determinant_everywhere(grid):
    matrix = np.array([[1.1, 0.2, -0.1], [0.05, 0.9, 0.15], [-0.2, 0.1, 1.2]])
    assert jacobian_map(affine_field(grid, matrix)) == pytest.approx(np.linalg.det(matrix), abs=2e-4)


def test_a_part_has_the_numbers_of_the_whole():
    field = smooth_field(5)
    x, y, z = field.grid.size
    whole = jacobian_map(field)
    for box in (Box((0, 0, 0), (x, y, z)), Box((0, 3, 2), (4, y, 5)), Box((x - 1, y - 2, z - 1), (x, y, z))):
        assert np.abs(jacobian_within(field, box) - whole[box.slices]).max() < 1e-6


def test_the_deviation_of_many_voxels_is_that_of_all_at_once():
    jacobian = np.random.default_rng(3).lognormal(0.1, 0.3, (7, 200, 400)).astype(np.float32)
    assert jacobian.size > 2 * PIECE
    assert jacobian_figures(jacobian).sd_log_jacobian == pytest.approx(np.log(jacobian.astype(float)).std(), rel=1e-6)


def test_a_mirror_folds_every_voxel():
    figures = jacobian_figures(jacobian_map(affine_field(ODD, np.diag([-1.0, 1.0, 1.0]))))
    assert figures.folds == np.prod(ODD.size)
    assert figures.folds_percent == 100
    assert np.isnan(figures.sd_log_jacobian)


def test_itk_agrees_inside():
    field = smooth_field(3)
    along = np.asarray(field.vectors_mm @ field.grid.axes, np.float64)  # ITK's filter ignores the direction
    image = sitk.GetImageFromArray(along, isVector=True)
    image.SetSpacing(field.grid.spacing_mm)
    theirs = sitk.GetArrayFromImage(sitk.DisplacementFieldJacobianDeterminant(image))
    core = (slice(1, -1),) * 3
    assert np.abs(theirs - jacobian_map(field))[core].max() < 1e-4


def test_learn2reg_figure_equals_its_definition():
    """Central differences of the voxel field by correlation, two voxels cut, log(J + 3), population std."""
    rng = np.random.default_rng(0)
    voxels = np.stack([ndimage.gaussian_filter(rng.normal(size=(20, 22, 24)), 2) * 8 for _ in range(3)], -1)
    grid = Grid((20, 22, 24), (1.0, 1.0, 1.0))
    field = DisplacementField(np.ascontiguousarray(voxels.transpose(2, 1, 0, 3), np.float32), grid)
    gradient = np.empty((*voxels.shape[:3], 3, 3))
    for axis in range(3):
        for c in range(3):
            gradient[..., c, axis] = ndimage.correlate1d(voxels[..., c], [-0.5, 0, 0.5], axis=axis)
    j = np.linalg.det(gradient + np.eye(3))[2:-2, 2:-2, 2:-2]
    expected = np.log(np.clip(j + 3, 1e-9, 1e9)).std()
    assert sd_log_jacobian_learn2reg(jacobian_map(field)) == pytest.approx(expected, rel=1e-4)


def test_figures_count_only_inside_the_mask():
    jacobian = np.ones((8, 8, 8), np.float32)
    jacobian[0, 0, 0], jacobian[4, 4, 4] = -1, np.e
    mask = np.zeros(jacobian.shape, bool)
    mask[3:6, 3:6, 3:6] = True
    inside, whole = jacobian_figures(jacobian, mask), jacobian_figures(jacobian)
    assert (inside.folds, whole.folds) == (0, 1)
    assert inside.sd_log_jacobian == pytest.approx(np.std([1.0] + [0.0] * 26))
    assert (inside.jacobian_min, whole.jacobian_min) == (1, -1)
    with pytest.raises(ValueError, match="no voxel"):
        jacobian_figures(jacobian, np.zeros_like(mask))


def test_a_single_slice_has_no_slope_through_it():
    grid = Grid((6, 5, 1), (1.0, 1.0, 5.0))
    assert jacobian_map(affine_field(grid, np.diag([1.5, 1.0, 9.0]))) == pytest.approx(1.5)
