"""A client that never gives up: the same request again until it is answered, and what was promised written down."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import httpx

AGAIN = (429, 502, 503, 504)
PATIENCE_S = 240.0
ENDED = ("succeeded", "failed", "cancelled")


class LostError(Exception):
    """A promise of the service was not kept."""


class Witness:
    """One client of one service."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def start(self, pair: dict[str, str], key: str) -> str:
        """Where an accepted registration lies; asked again with the same key until the service has answered."""
        answer = self.insist("POST", "/v1/registrations", json=pair, headers={"Idempotency-Key": key})
        return str(answer.headers["location"])

    def ended(self, place: str) -> dict[str, Any]:
        """The registration when it has ended; raises LostError when it is gone or never ends."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            job: dict[str, Any] = self.insist("GET", place).json()
            if job["state"] in ENDED:
                return job
            time.sleep(0.1)
        raise LostError(f"{place} did not end within {PATIENCE_S:.0f} s: {job['state']}, {job['stage']}")

    def click(self, place: str, click: dict[str, Any]) -> str:
        """Send one edit once, in place of all before: `made`, the refusal's code, or `unclear` when no answer came."""
        before = self.insist("GET", f"{place}/correspondences")
        body = {"set": [click], "remove": [row["id"] for row in before.json()["correspondences"]]}
        headers = {"If-Match": before.headers["etag"], "Prefer": "wait=5"}
        try:
            answer = self._http.patch(f"{place}/correspondences", json=body, headers=headers)
        except httpx.HTTPError:
            return "unclear"
        if answer.is_error:
            return str(answer.json()["code"])
        return "made" if answer.status_code == httpx.codes.OK else "unclear"

    def clicked(self, place: str) -> list[str]:
        """The ids of the correspondences now in force."""
        rows = self.insist("GET", f"{place}/correspondences").json()["correspondences"]
        return [row["id"] for row in rows]

    def field(self, place: str) -> str:
        """A digest of the field as registered."""
        answer = self.insist("GET", f"{place}/field?format=mha&revision=0", headers={"Prefer": "wait=30"})
        return hashlib.sha256(answer.content).hexdigest()

    def insist(self, method: str, address: str, **request: Any) -> httpx.Response:  # noqa: ANN401
        """The answer; no connection and 'later' are no answers. Raises LostError for a refusal or endless silence."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                answer = self._http.request(method, address, **request)
            except httpx.HTTPError:
                time.sleep(0.1)
                continue
            if answer.status_code not in AGAIN:
                if answer.is_error:
                    raise LostError(f"{method} {address}: {answer.status_code} {answer.text[:300]}")
                return answer
            time.sleep(min(float(answer.headers.get("retry-after", 1)), 1.0))
        raise LostError(f"{method} {address} was not answered within {PATIENCE_S:.0f} s")
