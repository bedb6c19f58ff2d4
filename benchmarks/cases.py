"""Pairs with a known answer: scans, landmarks and, where there is one, the region in which folds count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import ROOT
from registration.geometry import Grid
from registration.phantom import make_phantom
from registration.reading import read_mask, read_scan
from registration.volume import Volume

DATA = ROOT.parent / "shared" / "data"
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A pair, its preset, its landmarks (N, 3) mm and a mask of the fixed scan or None."""

    name: str
    fixed: Volume
    moving: Volume
    preset: str
    fixed_landmarks: Points
    moving_landmarks: Points
    mask: Volume | None = None


def cases() -> Iterator[Case]:
    """The phantoms, then the real pairs that are at hand; made one after the other."""
    yield from (make() for make in _PHANTOMS.values())
    yield from real_pairs()


def real_pairs() -> Iterator[Case]:
    """The real pairs that are at hand; made one after the other."""
    if not DATA.is_dir():
        print(f"(no real pairs: {DATA.name}/ is not beside the project)")
        return
    for make in _REAL.values():
        yield make()


def case_names() -> list[str]:
    """Of all pairs that are at hand."""
    return [*_PHANTOMS, *(_REAL if DATA.is_dir() else ())]


def case_named(name: str) -> Case:
    """One of `case_names`, made now."""
    return (_PHANTOMS | _REAL)[name]()


def swapped(case: Case) -> Case:
    """The same pair the other way round."""
    return Case(f"{case.name} back", case.moving, case.fixed, case.preset, case.moving_landmarks, case.fixed_landmarks)


def _phantom(kind: str, seed: int) -> Case:
    pair = make_phantom("thorax" if kind == "thorax" else "abdomen", seed=seed)
    return Case(f"phantom {kind}", pair.fixed, pair.moving, kind, pair.landmarks_fixed, pair.landmarks_moving)


def _lung() -> Case:
    folder = DATA / "lung_elastix"
    fixed, moving = (read_scan(folder / f"3DCT_lung_{n}.mha").volume for n in ("baseline", "followup"))
    landmarks = [
        np.loadtxt(folder / f"CT_3D_lung_{n}_point_set_corrected.txt", skiprows=2) for n in ("fixed", "moving")
    ]
    mask = read_mask(folder / "3DCT_lung_baseline_mask.mha", fixed.grid)
    return Case("lung_elastix", fixed, moving, "thorax", landmarks[0], landmarks[1], mask)


def _liver(subject: str, cycle: str) -> Case:
    """Exhale to inhale. One header carries a wrong slice spacing, so the exhale scan's is used for both."""
    folder = DATA / f"liver_mr_{subject}"
    fixed = read_scan(folder / "exhMaster_unmasked.force_direction.mha").volume
    found = read_scan(folder / f"{cycle}.force_direction.mha").volume
    grid = Grid(found.grid.size, fixed.grid.spacing_mm, found.grid.origin_mm, found.grid.direction)
    moving = Volume(found.values, grid)
    landmarks = [_vtk_points(folder / f"{n}LMliver.vtk") for n in ("exhMaster", cycle)]
    return Case(f"{subject} {cycle}", fixed, moving, "auto", landmarks[0], landmarks[1])


def _vtk_points(path: Path) -> Points:
    words = path.read_text().split()
    start = words.index("POINTS")
    count = int(words[start + 1])
    return np.array(words[start + 3 : start + 3 + 3 * count], float).reshape(-1, 3)


_PHANTOMS: dict[str, Callable[[], Case]] = {
    "phantom thorax": lambda: _phantom("thorax", 1),
    "phantom abdomen": lambda: _phantom("abdomen", 1),
}
_REAL: dict[str, Callable[[], Case]] = {
    "lung_elastix": _lung,
    "eth18 cyc_1_10": lambda: _liver("eth18", "cyc_1_10"),
    "eth18 cyc_3_10": lambda: _liver("eth18", "cyc_3_10"),
    "eth18 cyc_3_10 back": lambda: swapped(_liver("eth18", "cyc_3_10")),
    "eth19 cyc_1_6": lambda: _liver("eth19", "cyc_1_6"),
    "eth19 cyc_1_9": lambda: _liver("eth19", "cyc_1_9"),
}
