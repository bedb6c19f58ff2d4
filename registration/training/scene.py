"""A training pair becomes a scene: both scans and all that is known on one lattice, ready to be cropped.

The lattice lies along the fixed scan's own axes, in the order and sense nearest to L, P, S. Within a scene every point
and displacement is (x, y, z) mm along these axes, from the centre of the lattice's first voxel: the network's frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.prealignment import align
from registration.presets import Preset
from registration.sampling import ChannelMap
from registration.training.data.pairs import PairSet, TrainingPair
from registration.volume import Volume, canonical
from registration.working import resample

Landmarks = tuple[Tensor, Tensor]
Spacing = tuple[float, float, float]


@dataclass(frozen=True)
class Scene:
    """Windowed intensities in [0, 1] of both scans (D, H, W), and where they are those of a scan at all.

    labels: (L, D, H, W) bool of the fixed and the moving scan, label by label. landmarks: (N, 3) mm, fixed and moving.
    truth: (3, D, H, W) mm, `known` (D, H, W) bool where it holds.
    """

    fixed: Tensor
    moving: Tensor
    moving_inside: Tensor
    spacing_mm: Spacing
    labels: tuple[Tensor, Tensor] | None = None
    landmarks: Landmarks | None = None
    truth: Tensor | None = None
    known: Tensor | None = None

    @property
    def size(self) -> tuple[int, int, int]:
        """Voxels along x, y and z."""
        depth, height, width = self.fixed.shape
        return width, height, depth

    def cropped(self, start: tuple[int, int, int], size: tuple[int, int, int]) -> Scene:
        """The part of `size` voxels from voxel `start` on, both (x, y, z); landmarks that leave it are left out."""
        x, y, z = (slice(a, a + n) for a, n in zip(start, size, strict=True))
        part = (..., z, y, x)
        corner = torch.tensor(start) * torch.tensor(self.spacing_mm)
        return replace(
            self,
            fixed=self.fixed[part],
            moving=self.moving[part],
            moving_inside=self.moving_inside[part],
            labels=None if self.labels is None else (self.labels[0][part], self.labels[1][part]),
            landmarks=None if self.landmarks is None else _kept(self.landmarks, corner, size, self.spacing_mm),
            truth=None if self.truth is None else self.truth[part],
            known=None if self.known is None else self.known[part],
        )


class Scenes:
    """The scenes of a data set, made when they are asked for; the last `kept` ones stay in memory."""

    def __init__(self, pairs: PairSet, spacing_mm: Spacing, preset: Preset, *, kept: int) -> None:
        self._pairs, self._spacing_mm, self._preset = pairs, spacing_mm, preset
        self.scene = lru_cache(maxsize=kept)(self._made)

    def __len__(self) -> int:
        return len(self._pairs)

    def _made(self, index: int) -> Scene:
        return scene_of(self._pairs.pair(index), self._spacing_mm, self._preset)


def scene_of(pair: TrainingPair, spacing_mm: Spacing, preset: Preset) -> Scene:
    """The pair on voxels of `spacing_mm` (x, y, z), the moving scan brought near by a translation as registration does.

    Raises what the alignment raises, MethodError `scans-do-not-overlap`.
    """
    scans = canonical(pair.fixed), canonical(pair.moving)
    grid = _lattice(scans[0].grid, spacing_mm)
    to_moving = align(*scans, preset)
    shift = to_moving[:3, 3]
    points = grid.voxel_points()
    fixed, _ = resample(scans[0], grid, np.eye(4), preset)
    moving, inside = resample(scans[1], grid, to_moving, preset)
    truth, known = (None, None) if pair.truth is None else _truth(pair.truth, pair.moving.grid, points, shift, grid)
    return Scene(
        fixed,
        moving,
        inside,
        spacing_mm,
        labels=_labels(pair, points, shift),
        landmarks=_landmarks(pair, shift, grid),
        truth=truth,
        known=known,
    )


def _lattice(grid: Grid, spacing_mm: Spacing) -> Grid:
    """Steps of `spacing_mm` from the first voxel of a grid along its axes, within its last voxel."""
    lengths = [(n - 1) * s for n, s in zip(grid.size, grid.spacing_mm, strict=True)]
    x, y, z = (int(length / step + 1e-6) + 1 for length, step in zip(lengths, spacing_mm, strict=True))
    return Grid((x, y, z), spacing_mm, grid.origin_mm, grid.direction)


def _truth(
    truth: DisplacementField, moving: Grid, points: NDArray[np.float64], shift: NDArray[np.float64], grid: Grid
) -> tuple[Tensor, Tensor]:
    """The true field after the translation (3, D, H, W) mm along the axes, and where (D, H, W) it is known."""
    vectors = ChannelMap(torch.from_numpy(np.require(truth.vectors_mm, np.float32, ["C", "W"])), truth.grid)
    found = vectors.at(torch.from_numpy(points).float()).numpy()  # (D, H, W, 3)
    known = truth.grid.contains(points) & moving.contains(points + found)
    along = (found - shift) @ grid.axes
    return torch.from_numpy(along).float().movedim(-1, 0), torch.from_numpy(known)


def _labels(
    pair: TrainingPair, points: NDArray[np.float64], shift: NDArray[np.float64]
) -> tuple[Tensor, Tensor] | None:
    """Every label of every map, at the nearest voxel."""
    fixed, moving = [], []
    for a, b in pair.label_maps:
        here, there = _nearest(a, points), _nearest(b, points + shift)
        for label in np.setdiff1d(np.union1d(here, there), [0]):
            fixed.append(here == label)
            moving.append(there == label)
    return (torch.from_numpy(np.stack(fixed)), torch.from_numpy(np.stack(moving))) if fixed else None


def _nearest(labels: Volume, points: NDArray[np.float64]) -> NDArray[np.float32]:
    """Labels at points (..., 3) mm, 0 outside their grid."""
    index = np.round(labels.grid.mm_to_index(points)).astype(int)
    x, y, z = np.moveaxis(np.clip(index, 0, np.asarray(labels.grid.size) - 1), -1, 0)
    return np.where(labels.grid.contains(points), labels.values[z, y, x], np.float32(0))


def _landmarks(pair: TrainingPair, shift: NDArray[np.float64], grid: Grid) -> Landmarks | None:
    if pair.landmarks is None:
        return None
    fixed, moving = (
        grid.mm_to_index(points) * grid.spacing_mm for points in (pair.landmarks[0], pair.landmarks[1] - shift)
    )
    return torch.from_numpy(fixed).float(), torch.from_numpy(moving).float()


def _kept(landmarks: Landmarks, corner: Tensor, size: tuple[int, int, int], spacing_mm: Spacing) -> Landmarks:
    """Landmarks of a crop that both its scans show."""
    fixed, moving = (points - corner for points in landmarks)
    far = (torch.tensor(size) - 1) * torch.tensor(spacing_mm)
    both = torch.cat([fixed, moving], 1)
    shown = ((both >= 0) & (both <= far.repeat(2))).all(1)
    return fixed[shown], moving[shown]
