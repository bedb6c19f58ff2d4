"""How much a scan may hold before reading it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadingLimits:
    """Bounds of one scan. The defaults admit a whole-body CT of 2048 slices and little more."""

    files: int = 20_000
    """Files in a folder or archive."""
    voxels: int = 512 * 512 * 2048
    """Voxels of the volume; checked on headers, before pixels are read."""
    litres: float = 1000.0
    """Space that the volume covers; twice a whole body. A wrong spacing in a header covers more."""
    smallest_axis: int = 8
    """Fewest voxels along an axis; interventional scans have few slices, but with fewer nothing can be matched."""
    inflated_bytes: int = 4 * 2**30
    """Bytes that an archive may unpack to, counted while they are written."""
    inflation: float = 200.0
    """Largest ratio of unpacked to packed bytes, once more than `trusted_bytes` are unpacked."""
    trusted_bytes: int = 64 * 2**20


DEFAULT_LIMITS = ReadingLimits()
