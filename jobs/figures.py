"""What a process measures becomes sums that everyone's add to: counters and histograms, in the terms of Prometheus.

A sum is named by `NAME|LABEL=VALUE,...|PART`, PART being `total` of a counter, and `le=BOUND`, `sum` or `count` of a
histogram. Added up in the process, sent now and then, so that measuring costs a job nothing.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from jobs.errors import StoreUnavailableError

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
EVERY_S = 2.0
"""How often sums are sent."""

ENDED = "kernelreg_jobs_ended"
STAGE = "kernelreg_stage_seconds"
WAITED = "kernelreg_job_wait_seconds"
REQUEST = "kernelreg_worker_request_seconds"
CACHE = "kernelreg_cache_reads"
MODEL = "kernelreg_model_seconds"
RECEIVED = "kernelreg_received_series"
HELP = {
    ENDED: "Registrations that ended, by state and code",
    STAGE: "Time of each stage of a registration",
    WAITED: "Time from the acceptance of a registration to its start",
    REQUEST: "Time a worker spent on a request, by kind and code",
    CACHE: "Registrations opened, by what the cache had: hit, miss, lost (went while it was read)",
    RECEIVED: "Series that arrived by C-STORE, by outcome and code",
    MODEL: "Time of calls to the model server, by model and outcome",
}


class Sums(Protocol):
    """Where the sums of all processes are."""

    def add(self, sums: Mapping[str, float]) -> None:
        """Add to the sums of these names."""

    def all(self) -> dict[str, float]:
        """Every sum by its name."""


class MemorySums:
    """Sums of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: Counter[str] = Counter()

    def add(self, sums: Mapping[str, float]) -> None:
        with self._lock:
            self._sums.update(sums)

    def all(self) -> dict[str, float]:
        with self._lock:
            return dict(self._sums)


class Figures:
    """What this process has measured since it last sent it."""

    def __init__(self, sums: Sums) -> None:
        self.sums = sums
        self._waiting = MemorySums()

    def count(self, name: str, **labels: str) -> None:
        """One more."""
        self._waiting.add({sum_name(name, labels, "total"): 1})

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """One duration."""
        parts = {f"le={bound:g}": 1.0 for bound in BOUNDS_S if seconds <= bound} | {"sum": seconds, "count": 1.0}
        self._waiting.add({sum_name(name, labels, part): value for part, value in parts.items()})

    def send(self) -> None:
        """Add what waits to everyone's sums; in an outage it waits on."""
        found, self._waiting = self._waiting, MemorySums()
        if not (sums := found.all()):
            return
        try:
            self.sums.add(sums)
        except StoreUnavailableError:
            self._waiting.add(sums)


def sum_name(name: str, labels: Mapping[str, str], part: str) -> str:
    """The name of one sum."""
    return "|".join((name, ",".join(f"{key}={labels[key]}" for key in sorted(labels)), part))


def parsed(name: str) -> tuple[str, dict[str, str], str]:
    """Name, labels and part of one sum."""
    metric, labels, part = name.split("|")
    return metric, dict(pair.split("=", 1) for pair in labels.split(",") if pair), part
