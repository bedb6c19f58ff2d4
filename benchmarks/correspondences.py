"""The kernel alone on real correspondences with expert landmarks: as they are, and with a tenth moved in clusters."""

from __future__ import annotations

import time

import numpy as np
from scipy.interpolate import RBFInterpolator

from benchmarks.accuracy import tre
from benchmarks.cases import DATA, Points
from registration.kernel import densify

NEIGHBOURS = 100
"""The thin-plate spline is solved on each query's nearest correspondences: all of them at once would take minutes."""
SMOOTHING = 10.0


def main() -> None:
    """Print one line per case; nothing to do without the real correspondences."""
    folder = DATA / "lung250m_keypoints"
    if not folder.is_dir():
        print(f"(no real correspondences: {DATA.name}/ is not beside the project)")
        return
    print(f"{'case':>6}{'keys':>7}{'clean':>16}{'clean, spline':>16}{'clusters':>16}{'clusters, spline':>18}{'s':>7}")
    rows = []
    for path in sorted(folder.glob("case_*_correspondences.csv")):
        pairs, landmarks = (
            np.loadtxt(p, delimiter=",", skiprows=1)
            for p in (path, path.with_name(path.name.replace("correspondences", "landmarks")))
        )
        rows.append(_measure(path.name[5:8], pairs, landmarks))
    print("mean  " + "  ".join(f"{v:.3f}" for v in np.mean(rows, 0)))


def _measure(name: str, pairs: Points, landmarks: Points) -> list[float]:
    spoiled = _with_clusters(pairs, np.random.default_rng(int(name)))
    start = time.perf_counter()
    answers = [tre(densify(p[:, :3], p[:, 3:], landmarks[:, :3]), landmarks[:, 3:]) for p in (pairs, spoiled)]
    seconds = (time.perf_counter() - start) / 2
    splines = [tre(_spline(p, landmarks[:, :3]), landmarks[:, 3:]) for p in (pairs, spoiled)]
    clean, clusters, clean_spline, cluster_spline = (f"{m:.2f} / {w:.2f}" for m, w in answers + splines)
    print(
        f"{name:>6}{len(pairs):7d}{clean:>16}{clean_spline:>16}{clusters:>16}{cluster_spline:>18}{seconds:7.2f}",
        flush=True,
    )
    return [v[0] for v in answers + splines]


def _spline(pairs: Points, at: Points) -> Points:
    fit = RBFInterpolator(pairs[:, :3], pairs[:, 3:] - pairs[:, :3], neighbors=NEIGHBOURS, smoothing=SMOOTHING)
    return np.asarray(at + fit(at))


def _with_clusters(pairs: Points, random: np.random.Generator) -> Points:
    """The same correspondences, those in some balls of 12 mm (a tenth of all) moved together by up to 20 mm."""
    spoiled, moved = pairs.copy(), np.zeros(len(pairs), bool)
    while moved.mean() < 0.1:
        ball = np.linalg.norm(pairs[:, :3] - pairs[random.integers(len(pairs)), :3], axis=1) < 12
        direction = random.normal(size=3)
        spoiled[ball & ~moved, 3:] += random.uniform(0, 20) * direction / np.linalg.norm(direction)
        moved |= ball
    return spoiled
