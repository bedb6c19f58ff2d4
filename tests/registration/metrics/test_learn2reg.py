"""The official figures against a few lines that follow the published description, and by hand."""

import numpy as np
import pytest
from scipy import ndimage

from registration.metrics import learn2reg
from registration.metrics.undefined import UndefinedError

SHAPE = (20, 18, 16)


def smooth(seed, size):
    rng = np.random.default_rng(seed)
    return np.stack([ndimage.gaussian_filter(rng.normal(size=SHAPE), 2.5) * size for _ in range(3)], -1)


def described_sd(vectors, mask):
    """log(clip(J + 3)), central differences of the voxel field, two voxels cut, population std, inside the mask."""
    gradient = np.empty((*SHAPE, 3, 3))
    for axis in range(3):
        for c in range(3):
            gradient[..., c, axis] = ndimage.correlate1d(vectors[..., c], [-0.5, 0, 0.5], axis=axis)
    core = (slice(2, -2),) * 3
    values = np.log(np.clip(np.linalg.det(gradient + np.eye(3))[core] + 3, 1e-9, 1e9))
    return values.std() if mask is None else values[mask[core]].std()


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("size", [4.0, 60.0])
def test_sdlogj_is_as_described_with_folds_and_without(size, masked):
    vectors = smooth(1, size)
    mask = smooth(2, 1.0)[..., 0] > 0 if masked else None
    assert learn2reg.sd_log_jacobian(vectors, mask) == pytest.approx(described_sd(vectors, mask), rel=2e-4)


def test_a_linear_stretch_has_no_spread_and_a_tiny_mask_no_value():
    vectors = np.indices(SHAPE).transpose(1, 2, 3, 0) * 0.5
    assert learn2reg.sd_log_jacobian(vectors) == pytest.approx(0.0, abs=1e-6)
    corner = np.zeros(SHAPE, bool)
    corner[0, 0, 0] = True
    with pytest.raises(UndefinedError, match="border"):
        learn2reg.sd_log_jacobian(vectors, corner)


def test_tre_scales_by_the_moving_spacing():
    """Displaced by (1, 0, -2) voxels, wanted where they were: (1, 0, -2) x (3, 5, 0.5) is (3, 0, -1) mm."""
    vectors = np.broadcast_to([1.0, 0.0, -2.0], (*SHAPE, 3))
    points = np.array([(8.0, 9.0, 7.0), (9.5, 8.25, 8.0)])
    assert learn2reg.tre(vectors, points, points, (3, 5, 0.5)) == pytest.approx([np.sqrt(10)] * 2, rel=1e-4)


def test_tre_reads_cubic_splines_and_zero_outside():
    """A parabola is its own cubic spline in the middle; a point beyond the array is not moved."""
    x = np.arange(SHAPE[0]) - 9.0
    vectors = np.zeros((*SHAPE, 3))
    vectors[..., 0] = (0.1 * x**2)[:, None, None]
    points = np.array([(9.5, 9.0, 8.0), (40.0, 9.0, 8.0)])
    found = learn2reg.tre(vectors, points, points, (1, 1, 1))
    assert found[0] == pytest.approx(0.025, abs=2e-3)  # linear interpolation would say 0.05
    assert found[1] == 0.0


def test_labels_are_pulled_by_the_nearest_voxel():
    moving = np.zeros(SHAPE, np.float32)
    moving[5, 5, 5] = 7
    found = learn2reg.pulled(moving, np.broadcast_to([2.4, 0.0, -1.0], (*SHAPE, 3)))
    assert np.argwhere(found).tolist() == [[3, 5, 6]]


@pytest.mark.parametrize(("kind", "thirty"), [("tre", 8.0), ("sd_log_jacobian", 8.0), ("dice", 4.0), ("hd95", 4.0)])
def test_thirty_is_a_quantile_of_case_means(kind, thirty):
    found = learn2reg.aggregate(np.arange(1.0, 12.0), kind)
    assert (found.count, found.mean, found.thirty) == (11, 6.0, pytest.approx(thirty))
    assert found.sd == pytest.approx(np.sqrt(10.0))
