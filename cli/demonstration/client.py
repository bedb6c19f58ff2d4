"""The calls a program makes: upload two series, register, follow, correct by click, map points, fetch products."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from cli.demonstration.service import DemoError

LOOK_EVERY_S = 0.2
PATIENCE_S = 900.0
Progress = Callable[[str, float], None]


@contextmanager
def connected(url: str) -> Iterator[Client]:
    """A client of the service at `url`."""
    with httpx.Client(base_url=url, timeout=120, trust_env=False) as http:
        yield Client(http)


class Client:
    """A client of one service; every refusal becomes a DemoError with the service's own words."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def upload(self, series: Path) -> str:
        """Every DICOM file of a folder as one part of a multipart body; the series' id."""
        files = [("files", (path.name, path.read_bytes())) for path in sorted(series.iterdir())]
        return str(self._answer("POST", "/v1/series", files=files).json()["id"])

    def register(self, fixed: str, moving: str, preset: str, progress: Progress) -> tuple[str, dict[str, Any]]:
        """Start a registration and follow it to its end; where it lies, and what the service says about it."""
        started = self._answer("POST", "/v1/registrations", json={"fixed": fixed, "moving": moving, "preset": preset})
        place, deadline = started.headers["location"], time.monotonic() + PATIENCE_S
        while (job := self._answer("GET", place).json())["state"] in ("queued", "running"):
            progress(job["stage"] or job["state"], job["progress"])
            if time.monotonic() > deadline:
                raise DemoError(f"the registration was still {job['state']} after {PATIENCE_S:.0f} s")
            time.sleep(LOOK_EVERY_S)
        if job["state"] != "succeeded":
            raise DemoError(f"the registration {job['state']}: {job['error']}")
        return place, job

    def correct(self, place: str, **edit: Any) -> tuple[dict[str, Any], float]:  # noqa: ANN401
        """Edit the correction set of the current revision: the answer, and seconds from sending to reading."""
        tag = self._answer("GET", place).headers["etag"]
        started = time.perf_counter()
        answer = self._answer("PATCH", f"{place}/correspondences", json=edit, headers={"If-Match": tag})
        return answer.json(), time.perf_counter() - started

    def map_points(self, place: str, points: Sequence[Sequence[float]] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Moving points (N, 3) mm of fixed points (N, 3) mm."""
        body = {"points": np.asarray(points).tolist()}
        return np.asarray(self._answer("POST", f"{place}/points", json=body).json()["points"])

    def fetch(self, address: str, path: Path) -> Path:
        """A product as a file."""
        path.write_bytes(self._answer("GET", address, headers={"Prefer": "wait=60"}).content)
        return path

    def _answer(self, method: str, address: str, **request: Any) -> httpx.Response:  # noqa: ANN401
        try:
            response = self.http.request(method, address, **request)
        except httpx.HTTPError as error:
            raise DemoError(f"{method} {address} was not answered ({type(error).__name__})") from error
        if response.is_error:
            problem = response.json() if "json" in response.headers.get("content-type", "") else {}
            raise DemoError(f"{method} {address} was refused with {response.status_code}: {problem.get('detail')}")
        return response
