"""What a second worker is worth: the same registrations accepted at once, through one worker and through two."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cli.demonstration.client import Client, connected
from cli.demonstration.service import running
from registration.geometry import Grid
from registration.phantom import make_phantom, write_phantom

JOBS = 6
RIGHT_SIDE = Grid((44, 44, 34), (2.5, 2.5, 4.0), (-110.0, -60.0, -62.0))
ALONE = "--no-model-server"


def main() -> None:
    """The same registrations at once through one worker and through two."""
    with tempfile.TemporaryDirectory(prefix="kernelreg-bench-") as name:
        _compare(Path(name))


def _compare(folder: Path) -> None:
    small = make_phantom("thorax", seed=1, grid=RIGHT_SIDE)
    write_phantom(small, folder / "small")
    print(f"{JOBS} registrations of {' x '.join(map(str, RIGHT_SIDE.size))} voxels accepted at once, workers compute")
    for count in (1, 2):
        options = (ALONE, "--register-workers", str(count))
        with running(folder / "many.log", verb="stack", options=options) as url, connected(url) as client:
            fixed, moving = (client.upload(folder / "small" / side) for side in ("fixed", "moving"))
            client.register(fixed, moving, "thorax", lambda *_: None)  # warm
            print(_told(count, *_all_at_once(client, fixed, moving)))


def _all_at_once(client: Client, fixed: str, moving: str) -> tuple[float, Sequence[dict[str, Any]]]:
    body = {"fixed": fixed, "moving": moving, "preset": "thorax"}
    start = time.perf_counter()
    places = [client.http.post("/v1/registrations", json=body).headers["location"] for _ in range(JOBS)]
    jobs = [_ended(client, place) for place in places]
    return time.perf_counter() - start, jobs


def _ended(client: Client, place: str) -> dict[str, Any]:
    while (job := client.http.get(place).json())["state"] in ("queued", "running"):
        time.sleep(0.1)
    return dict(job)


def _told(workers: int, seconds: float, jobs: Sequence[dict[str, Any]]) -> str:
    moments = [[np.datetime64(job[key][:26]) for key in ("created_at", "started_at", "finished_at")] for job in jobs]
    waits = [float((start - made) / np.timedelta64(1, "s")) for made, start, _ in moments]
    runs = [float((end - start) / np.timedelta64(1, "s")) for _, start, end in moments]
    return (
        f"{workers} worker{'s' * (workers > 1)}: {seconds:.1f} s, {60 * len(jobs) / seconds:.1f} per minute, "
        f"each {np.median(runs):.1f} s, waits {np.median(waits):.1f} s in the median, {max(waits):.1f} s at most"
    )
