"""How the voxels of a scan are stored leaves no trace: one pair in 48 ways, the differences of its fields in mm."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from registration.geometry.grid import Floats
from registration.phantom import PhantomPair
from registration.register import register
from tests.builders.storage import Storage, phantom_pair, storages, stored, through_dicom

POINTS = 1000
LIMIT_MM = 0.1


def main() -> None:
    """Print the largest difference over all storages, rotations and reflections apart."""
    ways = storages()
    found = list(differences(phantom_pair(), ways))
    for what, part in (("rotations", slice(24)), ("reflections", slice(24, 48))):
        worst = max(zip(found[part], ways[part], strict=True))
        print(
            f"{len(found[part])} {what} of the axes: fields differ by at most {worst[0]:.2e} mm (limit {LIMIT_MM} mm),"
            f" where axes {worst[1][0]} are stored in directions {worst[1][1]}; median {np.median(found[part]):.0e} mm"
        )


def differences(pair: PhantomPair, ways: list[Storage]) -> Iterator[float]:
    """For each way the largest difference (mm) to the field of the first; the moving scan is stored in another way."""
    points = inside(pair)
    first = None
    for number, way in enumerate(ways):
        other = ways[(7 * number + 3) % len(ways)] if number else way
        mapped = field_at(points, pair, way, other)
        first = mapped if first is None else first
        yield float(np.linalg.norm(mapped - first, axis=1).max())


def inside(pair: PhantomPair) -> Floats:
    """Random patient points (N, 3) mm in the fixed scan."""
    index = np.random.default_rng(0).uniform(0, np.asarray(pair.fixed.grid.size) - 1, (POINTS, 3))
    return pair.fixed.grid.index_to_mm(index)


def field_at(points: Floats, pair: PhantomPair, fixed: Storage, moving: Storage) -> Floats:
    """Where the points go when both scans were stored in these ways as DICOM series."""
    with tempfile.TemporaryDirectory(prefix="kernelreg-bench-") as name:
        scans = (
            through_dicom(stored(scan, way), Path(name) / side)
            for scan, way, side in ((pair.fixed, fixed, "fixed"), (pair.moving, moving, "moving"))
        )
        return register(*scans, preset="thorax").field.map_points(points)


if __name__ == "__main__":
    main()
