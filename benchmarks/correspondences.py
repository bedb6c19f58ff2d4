"""The kernel alone on real correspondences with expert landmarks: 2048 of them, as they are and with a tenth moved.

The moved ones come in balls of 12 or 20 mm radius, each with one shift of up to 20 mm. Beside it the thin-plate spline
through the same correspondences, at the smoothing that suits each column best.
"""

from __future__ import annotations

import time

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.accuracy import tre
from benchmarks.cases import DATA, Points
from registration.kernel import densify
from registration.kernel.keys import Keys
from registration.kernel.thin_plate import ThinPlateSpline

COUNT = 2048
RADII_MM = (0.0, 12.0, 20.0)
"""0: nothing is moved."""
MOVED_SHARE, LARGEST_SHIFT_MM = 0.1, 20.0
SMOOTHINGS_MM = (0.1, 1.0, 10.0, 30.0, 100.0)
CLEAN_LIMIT, CLUSTERS_LIMIT, EXCESS_LIMIT = 1.02, 0.88, 0.2


def main() -> None:
    """One line per case: TRE / worst 30 % in mm of each column; then the means and what they are held against."""
    folder = DATA / "lung250m_keypoints"
    if not folder.is_dir():
        print(f"(no real correspondences: {DATA.name}/ is not beside the project)")
        return
    columns = ["as they are", *(f"R {radius:.0f}" for radius in RADII_MM[1:])]
    print(f"{'case':>6}" + "".join(f"{c:>16}" for c in columns) + f"{'CPU s':>7}")
    rows = []
    for path in sorted(folder.glob("case_*_correspondences.csv")):
        pairs, landmarks = (
            np.loadtxt(p, delimiter=",", skiprows=1)
            for p in (path, path.with_name(path.name.replace("correspondences", "landmarks")))
        )
        rows.append(_measure(path.name[5:8], pairs, landmarks))
    _summary(np.mean(rows, 0))


def _measure(name: str, pairs: Points, landmarks: Points) -> NDArray[np.float64]:
    """TRE (3 columns, 1 + smoothings) mm: the kernel's, then the splines'."""
    seed = int(name)
    chosen = np.random.default_rng(seed).choice(len(pairs), min(COUNT, len(pairs)), replace=False)
    kept = pairs[np.sort(chosen)]
    sets = [with_clusters(kept, radius, np.random.default_rng(seed)) for radius in RADII_MM]
    start = time.process_time()
    found = [tre(densify(s[:, :3], s[:, 3:], landmarks[:, :3]), landmarks[:, 3:]) for s in sets]
    seconds = (time.process_time() - start) / len(sets)
    print(f"{name:>6}" + "".join(f"{f'{m:.2f} / {w:.2f}':>16}" for m, w in found) + f"{seconds:7.2f}", flush=True)
    splines = [[tre(_spline(s, landmarks[:, :3], x), landmarks[:, 3:])[0] for x in SMOOTHINGS_MM] for s in sets]
    return np.array([[m, *spline] for (m, _), spline in zip(found, splines, strict=True)])


def _summary(means: NDArray[np.float64]) -> None:
    """Means over the cases (3, 1 + smoothings) against the best spline of each column."""
    print("mean TRE of splines with smoothing " + ", ".join(f"{x:g}" for x in SMOOTHINGS_MM) + " mm:")
    for radius, row in zip(RADII_MM, means, strict=True):
        print(f"  R {radius:2.0f}  " + "  ".join(f"{v:.3f}" for v in row[1:]))
    kernel, spline = means[:, 0], means[:, 1:].min(1)
    limits = (CLEAN_LIMIT, CLUSTERS_LIMIT, None)
    for radius, k, s, limit in zip(RADII_MM, kernel, spline, limits, strict=True):
        print(f"R {radius:2.0f}  kernel {k:.3f}  best spline {s:.3f}  ratio {k / s:.3f}" + _against(limit))
    excess = (kernel[1] - kernel[0]) / (spline[1] - spline[0])
    print(f"R 12  excess over clean against the spline's {excess:.3f}" + _against(EXCESS_LIMIT))


def _against(limit: float | None) -> str:
    return "" if limit is None else f" (at most {limit:g})"


def _spline(pairs: Points, at: Points, smoothing_mm: float) -> Points:
    points, displacement = (torch.from_numpy(a).float() for a in (pairs[:, :3], pairs[:, 3:] - pairs[:, :3]))
    keys = Keys(points, displacement, torch.ones(len(points)), torch.zeros(len(points), 0))
    found = ThinPlateSpline(smoothing_mm).spread(torch.from_numpy(at).float(), keys)
    return np.asarray(at + found.displacement.numpy())


def with_clusters(pairs: Points, radius_mm: float, random: np.random.Generator) -> Points:
    """The same correspondences (N, 6), those in some balls (a tenth of all) moved together by up to 20 mm."""
    spoiled, moved = pairs.copy(), np.zeros(len(pairs), bool)
    while radius_mm > 0 and moved.mean() < MOVED_SHARE:
        ball = np.linalg.norm(pairs[:, :3] - pairs[random.integers(len(pairs)), :3], axis=1) < radius_mm
        direction = random.normal(size=3)
        spoiled[ball & ~moved, 3:] += random.uniform(0, LARGEST_SHIFT_MM) * direction / np.linalg.norm(direction)
        moved |= ball
    return spoiled
