"""Smooth fields on odd grids, and clicks that they miss by a known distance."""

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.refinement.corrections import CorrectionSet, Correspondence

TABLE_SHIFT = np.array([-4.0, -11.0, 33.0])


def odd_grid(seed: int, size: tuple[int, int, int] = (48, 40, 30)) -> Grid:
    """Anisotropic, rotated, sometimes mirrored, off-centre."""
    rng = np.random.default_rng(seed)
    axes = Rotation.random(random_state=seed).as_matrix() @ np.diag(rng.choice([-1, 1], 3))
    spacing, origin = rng.uniform(0.8, 4.0, 3), rng.uniform(-200, 200, 3)
    return Grid(size, tuple(spacing.tolist()), tuple(origin.tolist()), tuple(map(tuple, axes.tolist())))


def smooth_field(seed: int = 0, grid: Grid | None = None) -> DisplacementField:
    """Smooth noise of about 1.5 mm around a table shift, without folds."""
    grid = grid or odd_grid(seed)
    rng = np.random.default_rng(seed)
    parts = [gaussian_filter(rng.normal(size=grid.shape), 6) for _ in range(3)]
    noise = np.stack([1.5 * p / p.std() for p in parts], -1)
    return DisplacementField(np.float32(noise + TABLE_SHIFT), grid)


def clicks_on(
    field: DisplacementField, count: int, *, seed: int = 0, error_mm: float = 2.0, apart_mm: float = 10.0
) -> CorrectionSet:
    """Clicks anywhere in the grid, `apart_mm` or more from each other; the field misses them by `error_mm`."""
    rng, chosen = np.random.default_rng(seed), []
    while len(chosen) < count:
        point = field.grid.index_to_mm(rng.uniform(-0.5, np.array(field.grid.size) - 0.5))
        if all(np.linalg.norm(point - other) >= apart_mm for other in chosen):
            chosen.append(point)
    wanted = field.map_points(chosen) + rng.normal(0, error_mm / np.sqrt(3), (count, 3))
    return corrections(field.grid, [f"c{i}" for i in range(count)], chosen, wanted)


def corrections(grid: Grid, ids, fixed, moving) -> CorrectionSet:
    """A set from columns."""
    rows = zip(ids, fixed, moving, strict=True)
    return CorrectionSet(grid, tuple(Correspondence(i, tuple(p), tuple(q)) for i, p, q in rows))
