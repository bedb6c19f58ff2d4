"""Volumes on stencils: what they are for known motions, and where folding begins."""

import pytest
import torch

from registration.training.folding import LEAST_VOLUME, folding, volumes

POINTS = 50 * torch.rand(30, 1, 3, generator=torch.Generator().manual_seed(1))
STENCILS = POINTS + 4.0 * torch.cat([torch.zeros(1, 3), torch.eye(3)])


@pytest.mark.parametrize(("stretch", "volume"), [((0, 0, 0), 1.0), ((0.5, 0, 0), 1.5), ((-0.8, 0.1, 0), 0.22)])
def test_volume_of_a_stretch(stretch, volume):
    displacement = STENCILS * torch.tensor(stretch)
    assert torch.allclose(volumes(STENCILS, displacement), torch.tensor(volume), atol=1e-4)
    assert torch.allclose(folding(STENCILS, displacement), torch.tensor(max(0.0, LEAST_VOLUME - volume)), atol=1e-4)


def test_a_fold_is_dear_and_its_gradient_unfolds():
    displacement = (STENCILS * torch.tensor([-1.4, 0.0, 0.0])).requires_grad_()
    folding(STENCILS, displacement).sum().backward()
    assert (displacement.grad[:, 1, 0] < 0).all()  # the neighbour along x has to move on along x
