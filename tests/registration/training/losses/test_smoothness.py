"""Diffusion: the squared slope of linear fields, whatever the voxels."""

import pytest
import torch

from registration.training.losses.smoothness import diffusion_loss

STEP = torch.tensor([1.0, 2.0, 4.0])


def positions():
    """(1, 3, 4, 5, 6): where the nodes lie, in mm."""
    z, y, x = torch.meshgrid(
        *(torch.arange(n) * s for n, s in zip((4, 5, 6), STEP.flip(0), strict=True)), indexing="ij"
    )
    return torch.stack([x, y, z])[None]


def test_linear_fields_by_hand():
    x, y, z = positions().unbind(1)
    field = torch.stack([0.2 * x, 0.1 * z, 0.3 * y - 0.1 * x], 1)
    assert diffusion_loss(field, STEP).item() == pytest.approx(0.04 + 0.01 + 0.09 + 0.01)


def test_a_constant_field_is_smooth_and_a_thin_one_is_no_division_by_nothing():
    assert diffusion_loss(torch.full((1, 3, 4, 5, 6), 7.0), STEP).item() == 0
    assert diffusion_loss(0.5 * positions()[:, :, :1], STEP).item() == pytest.approx(0.25 + 0.25)
