"""How long a click on the page takes until its pixels have changed: a service, a phantom, Chromium, twenty clicks."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np

from cli.demonstration.client import connected
from cli.demonstration.service import running
from registration.phantom import make_phantom, write_phantom
from tests.builders.browser import Viewer, chromium

CLICKS = 20
PAUSE_S = 1.0
"""A person looks before the next click; by then the panes that followed the last one are drawn."""


def main() -> None:
    """Print the median and the 5th and 95th percentile of the whole and of its parts."""
    with tempfile.TemporaryDirectory(prefix="kernelreg-bench-") as name, chromium() as browser:
        folder = Path(name)
        write_phantom(make_phantom("thorax", seed=1), folder / "pair")
        with running(folder / "serve.log") as url, connected(url) as client:
            fixed, moving = (client.upload(folder / "pair" / scan) for scan in ("fixed", "moving"))
            place, _ = client.register(fixed, moving, "thorax", lambda *_: None)
            times = _clicked(Viewer(browser, url), place.rpartition("/")[2])
    print(f"136 x 106 x 100 voxels, 1280 x 720 pixels, WebGL in software; load average {os.getloadavg()[0]:.1f}")
    for part, milliseconds in times.items():
        low, middle, high = np.percentile(milliseconds, [5, 50, 95])
        print(f"{part:16s} median {middle:5.0f} ms, 5-95 % {low:.0f}-{high:.0f} ms, {len(milliseconds)} clicks")


def _clicked(viewer: Viewer, job: str) -> dict[str, list[float]]:
    """Milliseconds by part, one correction moved about its place again and again."""
    viewer.open(job)
    viewer.press("Correct")
    viewer.click(".fixed.coronal", 0.38, 0.62)
    viewer.settle()
    own = viewer.box(".moving.coronal")
    x, y = own["x"] + 0.38 * own["width"], own["y"] + 0.62 * own["height"]
    for n in range(CLICKS):
        viewer.page.mouse.click(x - 4 + n % 5, y - 6 + n % 4)
        viewer.until(f"performance.getEntriesByName('click to pixels').length === {n + 1}")
        time.sleep(PAUSE_S)
    times: dict[str, list[float]] = viewer.click_times()
    viewer.close()
    return times
