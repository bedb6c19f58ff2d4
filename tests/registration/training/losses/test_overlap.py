"""Dice of each label by hand, soft voxels included."""

import pytest
import torch

from registration.training.losses.overlap import dice_losses


def test_three_labels_by_hand():
    fixed = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]).reshape(1, 3, 1, 1, 4)
    warped = torch.tensor([[0.0, 1.0, 0.5, 0.0], [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]).reshape(1, 3, 1, 1, 4)
    assert dice_losses(warped, fixed).tolist() == pytest.approx([1 - 2 / 3.5, 0.0, 0.0])


def test_labels_that_do_not_meet_lose_everything_and_still_have_a_gradient():
    fixed = torch.tensor([1.0, 0.0]).reshape(1, 1, 1, 1, 2)
    warped = torch.tensor([0.0, 1.0]).reshape(1, 1, 1, 1, 2).requires_grad_()
    loss = dice_losses(warped, fixed).sum()
    loss.backward()
    assert loss.item() == 1
    assert warped.grad.flatten()[0] < 0
