"""How long one correction takes over HTTP: a service of its own on this machine, a registered phantom, forty clicks."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from cli.demonstration.client import Client, connected
from cli.demonstration.service import running
from registration.phantom import PhantomPair, make_phantom, write_phantom

CLICKS = 40


def main() -> None:
    """Print the round trips of one moving click and of a set that grows to forty."""
    pair = make_phantom("thorax", seed=1)
    with tempfile.TemporaryDirectory(prefix="kernelreg-bench-") as name:
        folder = Path(name)
        write_phantom(pair, folder / "pair")
        with running(folder / "serve.log") as url, connected(url) as client:
            fixed, moving = (client.upload(folder / "pair" / scan) for scan in ("fixed", "moving"))
            start = time.perf_counter()
            place, _ = client.register(fixed, moving, "thorax", lambda *_: None)
            print(f"registration over HTTP: {time.perf_counter() - start:.1f} s, accepted to finished")
            _report("one click, moved again and again", _round_trips(client, place, pair, growing=False))
            _report(f"a set growing to {CLICKS} clicks", _round_trips(client, place, pair, growing=True))


def _round_trips(client: Client, place: str, pair: PhantomPair, *, growing: bool) -> list[float]:
    """Milliseconds of every PATCH; afterwards the set is empty again."""
    tag, milliseconds, ids = client.http.get(place).headers["etag"], [], set()
    for i in range(CLICKS):
        point, target = pair.landmarks_fixed[i], pair.landmarks_moving[i] + 0.01 * i
        click = {"id": f"click-{i if growing else 0}", "fixed": point.tolist(), "moving": target.tolist()}
        ids.add(click["id"])
        start = time.perf_counter()
        answer = client.http.patch(f"{place}/correspondences", json={"set": [click]}, headers={"If-Match": tag})
        milliseconds.append(1000 * (time.perf_counter() - start))
        answer.raise_for_status()
        tag = answer.headers["etag"]
    client.http.patch(
        f"{place}/correspondences", json={"remove": sorted(ids)}, headers={"If-Match": tag}
    ).raise_for_status()
    return milliseconds


def _report(what: str, milliseconds: list[float]) -> None:
    low, middle, high = np.percentile(milliseconds, [5, 50, 95])
    print(f"{what}: median {middle:.0f} ms, 5-95 % {low:.0f}-{high:.0f} ms, {len(milliseconds)} PATCHes")
