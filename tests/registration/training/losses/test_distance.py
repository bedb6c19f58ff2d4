"""Distances in mm: landmarks and known fields, by hand on an anisotropic lattice."""

import pytest
import torch

from registration.pyramid.lattice import LatticeMap
from registration.training.losses.distance import field_errors, landmark_distances

STEP = torch.tensor([1.0, 2.0, 3.0])


def lattice(*channels):
    return LatticeMap(torch.tensor(channels).reshape(1, -1, 1, 1, 1).expand(1, -1, 3, 3, 3).contiguous(), STEP)


def test_landmarks_by_hand():
    fixed = torch.tensor([[1.0, 1.0, 1.0], [0.5, 3.0, 2.0]])
    moving = fixed + torch.tensor([[3.0, 0.0, 0.0], [3.0, 3.0, 4.0]])
    assert landmark_distances(lattice(3.0, 0.0, 0.0), fixed, moving).tolist() == pytest.approx([0, 5])


def test_only_known_nodes_count():
    known = torch.zeros(1, 1, 3, 3, 3)
    known[..., 2, 1, 0] = 1
    errors = field_errors(lattice(1.0, 2.0, 2.0), lattice(0.0, 0.0, 0.0), LatticeMap(known, STEP))
    assert errors.tolist() == pytest.approx([3])
