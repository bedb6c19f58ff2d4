"""A box of voxels of a grid: the region that a refinement may touch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """Voxels from `start` to before `stop`, both in (x, y, z) order. Empty when any extent is zero."""

    start: tuple[int, int, int]
    stop: tuple[int, int, int]

    @property
    def empty(self) -> bool:
        """Whether the box holds no voxel."""
        return any(b <= a for a, b in zip(self.start, self.stop, strict=True))

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """Index of the box in an array (z, y, x, ...)."""
        x, y, z = (slice(a, b) for a, b in zip(self.start, self.stop, strict=True))
        return z, y, x

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape (z, y, x) of an array over the box."""
        x, y, z = (max(0, b - a) for a, b in zip(self.start, self.stop, strict=True))
        return z, y, x

    def union(self, other: Box) -> Box:
        """The smallest box that holds both."""
        if self.empty or other.empty:
            return other if self.empty else self
        (ax, ay, az), (bx, by, bz) = self.start, other.start
        (cx, cy, cz), (dx, dy, dz) = self.stop, other.stop
        return Box((min(ax, bx), min(ay, by), min(az, bz)), (max(cx, dx), max(cy, dy), max(cz, dz)))

    def grown(self, voxels: int, size: tuple[int, int, int]) -> Box:
        """The box with a rim of `voxels`, clipped to a grid of `size` (x, y, z)."""
        (ax, ay, az), (bx, by, bz), (nx, ny, nz) = self.start, self.stop, size
        start = (max(0, ax - voxels), max(0, ay - voxels), max(0, az - voxels))
        return Box(start, (min(nx, bx + voxels), min(ny, by + voxels), min(nz, bz + voxels)))
