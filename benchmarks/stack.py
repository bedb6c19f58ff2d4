"""The distributed set against the embedded service: the same field, what it costs, and clicks."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from benchmarks.cases import DATA
from cli.demonstration.client import Client, connected
from cli.demonstration.service import running
from registration.phantom import make_phantom, write_phantom

CLICKS = 100
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """Two folders to upload, the preset, landmarks (N, 3) mm of both."""

    name: str
    fixed: Path
    moving: Path
    preset: str
    fixed_mm: Points
    moving_mm: Points


@dataclass(frozen=True)
class Outcome:
    """What one service made of a pair: field (z, y, x, 3) mm, mean landmark error, seconds to its end, the job."""

    field: NDArray[np.float32]
    tre_mm: float
    seconds: float
    job: dict[str, Any]

    @property
    def bare_s(self) -> float:
        """What the method itself took."""
        return float(sum(s for stage, s in self.job["timings_s"].items() if stage != "total"))


def main() -> None:
    """Print what both make of each pair."""
    with tempfile.TemporaryDirectory(prefix="kernelreg-bench-") as name:
        folder = Path(name)
        for pair in pairs(folder):
            _compare(pair, folder)


def pairs(folder: Path) -> Iterator[Pair]:
    """The demonstration's phantom, then the real lung where it is at hand."""
    phantom = make_phantom("thorax", seed=1)
    write_phantom(phantom, folder / "pair")
    scans = folder / "pair" / "fixed", folder / "pair" / "moving"
    yield Pair("phantom thorax", *scans, "thorax", phantom.landmarks_fixed, phantom.landmarks_moving)
    lung = DATA / "lung_elastix"
    if not lung.is_dir():
        return
    for side, scan in (("fixed", "baseline"), ("moving", "followup")):
        (folder / "lung" / side).mkdir(parents=True)
        (folder / "lung" / side / "scan.mha").symlink_to(lung / f"3DCT_lung_{scan}.mha")
    points = [np.loadtxt(lung / f"CT_3D_lung_{n}_point_set_corrected.txt", skiprows=2) for n in ("fixed", "moving")]
    yield Pair("lung_elastix", folder / "lung" / "fixed", folder / "lung" / "moving", "thorax", points[0], points[1])


def _compare(pair: Pair, folder: Path) -> None:
    """One pair through both services, then clicks through the distributed one."""
    with running(folder / "serve.log") as url, connected(url) as client:
        embedded = _registered(client, pair, folder)[0]
    with running(folder / "stack.log", verb="stack") as url, connected(url) as client:
        stack, place = _registered(client, pair, folder)
        clicks = _clicked(client, place, pair)
    print(f"\n{pair.name}, {' x '.join(map(str, embedded.field.shape[2::-1]))} voxels")
    for what, one in (("embedded", embedded), ("stack", stack)):
        over = 100 * (one.seconds / one.bare_s - 1)
        print(
            f"{what:9} TRE {one.tre_mm:.4f} mm, {one.seconds:.1f} s of which method {one.bare_s:.1f} s (+{over:.1f} %)"
        )
    apart = np.abs(embedded.field - stack.field)
    print(f"fields differ by {apart.max():.2g} mm at most, {apart.mean():.2g} mm in the mean")
    middle, late, most = np.percentile(clicks, [50, 95, 100])
    print(
        f"PATCH of one click: median {middle:.0f} ms, p95 {late:.0f} ms, longest {most:.0f} ms, {len(clicks)} of them"
    )


def _registered(client: Client, pair: Pair, folder: Path) -> tuple[Outcome, str]:
    fixed, moving = client.upload(pair.fixed), client.upload(pair.moving)
    start = time.perf_counter()
    place, job = client.register(fixed, moving, pair.preset, lambda *_: None)
    seconds = time.perf_counter() - start
    mapped = client.map_points(place, pair.fixed_mm)
    path = client.fetch(f"{place}/field?format=mha", folder / "field.mha")
    field = np.asarray(sitk.GetArrayFromImage(sitk.ReadImage(str(path))))
    error = np.linalg.norm(mapped - pair.moving_mm, axis=1)
    return Outcome(field, float(error.mean()), seconds, job), place


def _clicked(client: Client, place: str, pair: Pair) -> list[float]:
    """Milliseconds of PATCHes, each moving one of ten clicks."""
    milliseconds = []
    for number in range(CLICKS):
        one = number % 10
        target = pair.moving_mm[one] + 0.01 * number
        click = {"id": f"click-{one}", "fixed": pair.fixed_mm[one].tolist(), "moving": target.tolist()}
        milliseconds.append(1000 * client.correct(place, set=[click])[1])
    return milliseconds
