"""Two images become how unlike they are: local normalised cross-correlation, or mean squared difference."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

WINDOW = 9
"""Voxels to a side, as in VoxelMorph (Balakrishnan et al., IEEE TMI 2019)."""
NOISE_VARIANCE = 1e-4
"""Of images in [0, 1]: where there is no more contrast than this, there is nothing to correlate."""


def local_ncc_loss(warped: Tensor, fixed: Tensor, inside: Tensor, *, window: int = WINDOW) -> Tensor:
    """1 - mean correlation within windows of `window`^3 voxels: 0 for images alike up to local contrast, 2 at most.

    warped, fixed: (1, 1, D, H, W) in [0, 1]; inside: of the same shape, bool, the voxels that count.
    """
    moments = torch.cat([fixed, warped, fixed * fixed, warped * warped, fixed * warped], 1)
    f, w, ff, ww, fw = _window_means(moments, window).unbind(1)
    covariance = fw - f * w
    variances = ((ff - f * f).clamp_min(0) + NOISE_VARIANCE) * ((ww - w * w).clamp_min(0) + NOISE_VARIANCE)
    return 1 - mean_inside((covariance * variances.rsqrt())[:, None], inside)


def mse_loss(warped: Tensor, fixed: Tensor, inside: Tensor) -> Tensor:
    """Mean squared difference of images (1, 1, D, H, W) over the voxels `inside`."""
    return mean_inside((warped - fixed).square(), inside)


def mean_inside(values: Tensor, inside: Tensor) -> Tensor:
    """Mean over the voxels that count, 0 where none does."""
    return (values * inside).sum() / inside.sum().clamp_min(1)


def _window_means(maps: Tensor, window: int) -> Tensor:
    """Means (1, C, D, H, W) over every window, at the border over those of its voxels that are there."""
    padded = F.pad(torch.cat([maps, torch.ones_like(maps[:, :1])], 1), (window // 2,) * 6)
    for sides in ((window, 1, 1), (1, window, 1), (1, 1, window)):
        padded = F.avg_pool3d(padded, sides, stride=1)
    return padded[:, :-1] / padded[:, -1:]
