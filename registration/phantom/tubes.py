"""Trees become one continuous function: signed distance to the nearest tube, trilinear on a fine lattice."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates

from registration.geometry.grid import Floats
from registration.phantom.shading import Values
from registration.phantom.trees import Tree

STEP_MM = 1.25
RIM_MM = 4.0
"""Beyond this distance from a tube the distance is cut off."""


class TubeMap:
    """Signed distance in mm to a tree: negative inside a tube, at most `RIM_MM` outside."""

    def __init__(self, tree: Tree) -> None:
        """Draws every tube of the tree on the lattice once."""
        reach = RIM_MM + float(tree.radii.max())
        ends = np.concatenate([tree.starts, tree.ends])
        self.origin = ends.min(axis=0) - reach
        size = np.ceil((ends.max(axis=0) + reach - self.origin) / STEP_MM).astype(int) + 1
        self.distance = np.full(tuple(size), RIM_MM, np.float32)  # (x, y, z)
        for start, end, radius in zip(tree.starts, tree.ends, tree.radii, strict=True):
            self._draw(start, end, float(radius))

    def at(self, points: Values) -> Values:
        """Signed distance (N,) mm at points (N, 3)."""
        lattice = ((points - self.origin.astype(np.float32)) / np.float32(STEP_MM)).T
        found = map_coordinates(self.distance, lattice, order=1, mode="constant", cval=RIM_MM)
        return np.asarray(found, np.float32)

    def _draw(self, start: Floats, end: Floats, radius: float) -> None:
        low = np.floor((np.minimum(start, end) - self.origin - radius - RIM_MM) / STEP_MM).astype(int)
        high = np.ceil((np.maximum(start, end) - self.origin + radius + RIM_MM) / STEP_MM).astype(int) + 1
        low, high = np.maximum(low, 0), np.minimum(high, self.distance.shape)
        axes = [np.arange(a, b, dtype=np.float32) * STEP_MM for a, b in zip(low, high, strict=True)]
        offset = (self.origin - start).astype(np.float32)
        x, y, z = (axes[i].reshape([-1 if i == j else 1 for j in range(3)]) + offset[i] for i in range(3))
        way = (end - start).astype(np.float32)
        along = np.clip((x * way[0] + y * way[1] + z * way[2]) / max(float(way @ way), 1e-6), 0, 1)
        square = (x - along * way[0]) ** 2 + (y - along * way[1]) ** 2 + (z - along * way[2]) ** 2
        box = self.distance[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
        np.minimum(box, np.sqrt(square) - np.float32(radius), out=box)
