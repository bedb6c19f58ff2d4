"""Similarity: figures worked out by hand, blindness to local contrast, and only the voxels that count."""

import math

import pytest
import torch

from registration.training.losses.similarity import NOISE_VARIANCE, local_ncc_loss, mse_loss


def line(*values):
    return torch.tensor(values, dtype=torch.float32).reshape(1, 1, 1, 1, -1)


def only(index, count):
    return line(*(i == index for i in range(count))).bool()


def test_correlation_of_one_window_by_hand():
    fixed, warped = line(0.0, 0.3, 0.6), line(0.0, 0.6, 0.3)
    # fixed: mean 0.3, variance 0.06; warped: the same; covariance (0 + 0.18 + 0.18) / 3 - 0.09 = 0.03
    expected = 1 - 0.03 / (0.06 + NOISE_VARIANCE)
    assert local_ncc_loss(warped, fixed, only(1, 3), window=3).item() == pytest.approx(expected, abs=1e-6)


def test_windows_at_the_border_hold_what_is_there():
    fixed, warped = line(0.0, 0.4, 0.4), line(0.2, 0.0, 0.0)
    # the first window holds two voxels: (0, .4) and (.2, 0): variances .04, .01, covariance -.02
    expected = 1 + 0.02 / math.sqrt((0.04 + NOISE_VARIANCE) * (0.01 + NOISE_VARIANCE))
    assert local_ncc_loss(warped, fixed, only(0, 3), window=3).item() == pytest.approx(expected, abs=1e-6)


def test_contrast_and_brightness_do_not_count_inversion_does():
    torch.manual_seed(0)
    fixed = torch.rand(1, 1, 12, 11, 10)
    everywhere = torch.ones_like(fixed, dtype=torch.bool)
    assert local_ncc_loss(0.2 + 0.5 * fixed, fixed, everywhere).item() == pytest.approx(0, abs=0.02)
    assert local_ncc_loss(1 - fixed, fixed, everywhere).item() == pytest.approx(2, abs=0.02)
    assert local_ncc_loss(torch.rand(fixed.shape), fixed, everywhere).item() == pytest.approx(1, abs=0.1)


def test_squared_difference_by_hand_and_inside_alone():
    fixed, warped = line(0.0, 0.5, 1.0), line(0.1, 0.5, 0.0)
    assert mse_loss(warped, fixed, torch.ones_like(fixed).bool()).item() == pytest.approx((0.01 + 0 + 1) / 3)
    assert mse_loss(warped, fixed, only(0, 3)).item() == pytest.approx(0.01)
    assert mse_loss(warped, fixed, torch.zeros_like(fixed).bool()).item() == 0


@pytest.mark.parametrize("loss", [local_ncc_loss, mse_loss])
def test_gradients_are_finite_where_the_image_is_flat(loss):
    warped = torch.zeros(1, 1, 6, 6, 6, requires_grad=True)
    loss(warped, torch.zeros_like(warped), torch.ones_like(warped).bool()).backward()
    assert torch.isfinite(warped.grad).all()
