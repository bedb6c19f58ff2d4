"""The translation that best matches both scans, for table shifts and cut fields of view.

Masked normalised cross-correlation over every translation at once, by Fourier transform: D. Padfield, "Masked object
registration in the Fourier domain", IEEE Trans. Image Processing 21(5), 2012.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from registration.prealignment.coarse import STEP_MM, CoarseScan

MIN_OVERLAP = 0.4
"""Share of the smaller scan that must lie in the other; below it a high correlation means nothing."""

Floats = NDArray[np.float64]


def best_translation(fixed: CoarseScan, moving: CoarseScan) -> Floats:
    """Homogeneous (4, 4) LPS matrix, a pure translation, from fixed to moving points."""
    images = [scan.image.numpy().astype(np.float64) for scan in (fixed, moving)]
    insides = [scan.inside.numpy().astype(np.float64) for scan in (fixed, moving)]
    correlation = masked_correlation(images[0], insides[0], images[1], insides[1])
    lag_zyx = _peak(correlation, images[0].shape)
    matrix = np.eye(4)
    matrix[:3, 3] = np.asarray(moving.grid.origin_mm) - fixed.grid.origin_mm + lag_zyx[::-1] * STEP_MM
    return matrix


def masked_correlation(fixed: Floats, fixed_mask: Floats, moving: Floats, moving_mask: Floats) -> Floats:
    """Normalised correlation of fixed(x) with moving(x + lag) for every lag, over the voxels both masks hold.

    Arrays (z, y, x); the answer has shape fixed + moving - 1, lag 0 at index fixed - 1. Too small overlaps give -1.
    """
    shape = [a + b - 1 for a, b in zip(fixed.shape, moving.shape, strict=True)]
    padded = [fft.next_fast_len(n, real=True) for n in shape]

    def spectrum(a: Floats) -> NDArray[np.complex128]:
        return np.asarray(fft.rfftn(a, padded))

    def back(a: NDArray[np.complex128]) -> Floats:
        return np.asarray(fft.irfftn(a, padded)[tuple(slice(n) for n in shape)])

    flip = (slice(None, None, -1),) * 3
    f, f_mask = spectrum((fixed * fixed_mask)[flip]), spectrum(fixed_mask[flip])
    m, m_mask = spectrum(moving * moving_mask), spectrum(moving_mask)
    count = np.maximum(np.round(back(f_mask * m_mask)), 1e-9)
    f_sum, m_sum = back(f * m_mask), back(f_mask * m)
    f_var = back(spectrum((fixed**2 * fixed_mask)[flip]) * m_mask) - f_sum**2 / count
    m_var = back(f_mask * spectrum(moving**2 * moving_mask)) - m_sum**2 / count
    scale = np.sqrt(np.maximum(f_var, 0) * np.maximum(m_var, 0))
    enough = count >= MIN_OVERLAP * min(fixed_mask.sum(), moving_mask.sum())
    valid = enough & (scale > 1e-6 * scale.max())
    return np.where(valid, (back(f * m) - f_sum * m_sum / count) / np.where(valid, scale, 1.0), -1.0)


def _peak(correlation: Floats, fixed_shape: tuple[int, ...]) -> Floats:
    """Lag (z, y, x) of the maximum in voxels, refined by a parabola along each axis."""
    best = np.array(np.unravel_index(int(correlation.argmax()), correlation.shape))
    lag = best.astype(np.float64)
    for axis in range(3):
        if 0 < best[axis] < correlation.shape[axis] - 1:
            before, here, after = (correlation[tuple(best + step * np.eye(3, dtype=int)[axis])] for step in (-1, 0, 1))
            curvature = before - 2 * here + after
            if min(before, after) > -1 and curvature < 0:
                lag[axis] += 0.5 * (before - after) / curvature
    return np.asarray(lag - (np.array(fixed_shape) - 1))
