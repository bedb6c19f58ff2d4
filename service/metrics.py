"""/metrics: requests by route, registrations by state, queues, and what workers measure; for Prometheus."""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Iterable

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from jobs import journal
from jobs.messages import QueueName
from jobs.model import JobState
from service.auth import AuthorisedOnly
from service.state import AppState
from service.worker_figures import families

router = APIRouter(tags=["operation"])
QUIET = ("/healthz", "/readyz", "/metrics")
"""Routes that machines ask every few seconds."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Any other word that a client sends as a method is counted and written down as `other`."""
CLIENT_ERROR = 400
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ["method", "route"]
        self.requests = Counter("kernelreg_requests", "HTTP requests", [*labels, "status"], registry=self.registry)
        self.seconds = Histogram(
            "kernelreg_request_seconds", "Time to answer", labels, buckets=BUCKETS, registry=self.registry
        )
        self.jobs = Gauge("kernelreg_unfinished_jobs", "Registrations not ended", ["state"], registry=self.registry)
        self.waiting = Gauge(
            "kernelreg_queue_waiting", "Messages no worker has taken", ["queue"], registry=self.registry
        )
        self.workers = Gauge(
            "kernelreg_workers_alive", "1 while a worker of the queue beats", ["queue"], registry=self.registry
        )


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
    dependencies=[AuthorisedOnly],
)
def metrics(request: Request, state: AppState) -> Response:
    """Counters in the text format of Prometheus."""
    numbers: Metrics = request.app.state.metrics
    states = Tally(record.state for record in state.ports.jobs.unfinished())
    for job_state in (JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING):
        numbers.jobs.labels(job_state).set(states[job_state])
    for queue in QueueName:
        numbers.waiting.labels(queue).set(state.ports.queue.waiting(queue))
        numbers.workers.labels(queue).set(state.ports.presence.alive(queue) is not None)
    workers = CollectorRegistry(auto_describe=False)
    workers.register(Gathered(state.ports.figures.sums.all()))
    return Response(generate_latest(numbers.registry) + generate_latest(workers), media_type=CONTENT_TYPE_LATEST)


class Gathered(Collector):
    """What the workers have measured."""

    def __init__(self, sums: dict[str, float]) -> None:
        self._sums = sums

    def collect(self) -> Iterable[Metric]:
        """Every family."""
        return families(self._sums)


def add_observation(app: FastAPI) -> None:
    """Count, time and log every request by its route; paths of nothing are not written down.

    Clients read the time to the answer's first byte in `Server-Timing`.
    """
    app.state.metrics = Metrics()
    app.middleware("http")(_observe)


async def _observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    began = time.perf_counter()
    status = 500
    try:
        response = await call_next(request)
        status = response.status_code
        response.headers["Server-Timing"] = f"service;dur={1000 * (time.perf_counter() - began):.1f}"
        return response
    finally:
        seconds = time.perf_counter() - began
        route = getattr(request.scope.get("route"), "path", "none")
        numbers: Metrics = request.app.state.metrics
        method = request.method if request.method in METHODS else "other"
        numbers.requests.labels(method, route, status).inc()
        numbers.seconds.labels(method, route).observe(seconds)
        if route not in QUIET:
            _write_down(request, method, route, status, seconds)


def _write_down(request: Request, method: str, route: str, status: int, seconds: float) -> None:
    """One line per request; identifiers only where they were real."""
    job = request.scope.get("path_params", {}).get("job_id") if status < CLIENT_ERROR else None
    milliseconds = round(1000 * seconds, 1)
    journal.record("request", method=method, route=route, status=status, ms=milliseconds, job=job)
