"""A training image becomes the same scene from a worse scanner: Gaussian blur, then Gaussian noise."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from registration.sampling import gaussian_blur


def augmented(image: Tensor, rng: np.random.Generator, *, noise: float, blur_voxels: float) -> Tensor:
    """The image (z, y, x) in [0, 1], blurred by up to `blur_voxels` and with noise of a deviation up to `noise`.

    Both deviations are drawn evenly from nothing to the limit, so every image of a pair gets its own.
    """
    sigma, deviation = rng.uniform(0, blur_voxels), rng.uniform(0, noise)
    blurred = gaussian_blur(image[None], float(sigma))[0]
    grain = torch.from_numpy(rng.standard_normal(image.shape, np.float32)).to(image.device)
    return (blurred + deviation * grain).clamp(0, 1)
