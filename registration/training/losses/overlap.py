"""Label maps become how little they overlap: the soft Dice coefficient, label by label."""

from __future__ import annotations

import torch
from torch import Tensor


def dice_losses(warped: Tensor, fixed: Tensor) -> Tensor:
    """1 - 2 |A B| / (|A| + |B|) of each label (L,): 0 where they coincide, 1 where they do not meet.

    warped, fixed: (1, L, D, H, W), how much of each voxel belongs to the label, in [0, 1]. A label that neither shows
    counts as overlapping.
    """
    both = 2 * (warped * fixed).sum((0, 2, 3, 4))
    sizes = (warped + fixed).sum((0, 2, 3, 4))
    return torch.where(sizes > 0, 1 - both / sizes.clamp_min(1e-6), torch.zeros_like(sizes))
