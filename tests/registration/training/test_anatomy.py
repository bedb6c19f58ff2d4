"""Sliding masks: the lungs, or the body below some depth."""

import numpy as np
import torch

from registration.training.anatomy import sliding_mask


def test_masks_hold_the_lungs_or_the_deep_body_and_never_the_air(torso):
    inside_lung, deep, outside = torch.tensor([[-45.0, 0.0, 160.0], [0.0, 0.0, 70.0], [-104.0, -89.0, 100.0]])
    seen = set()
    for seed in range(6):
        mask = sliding_mask(torso, np.random.default_rng(seed))
        assert mask.at(outside) == 0
        assert mask.at(inside_lung) == 1
        seen.add(float(mask.at(deep)))
    assert seen == {0.0, 1.0}  # tissue between the lungs moves with the core, not with the lungs
