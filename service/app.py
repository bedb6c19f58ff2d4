"""create_app(settings, ports): the whole front door put together; nothing happens on import."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version

import anyio
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI

from jobs.ports import Ports
from service import catalogue, health, metrics, problems
from service.archives import endpoints as archives
from service.body_limit import BodyLimit
from service.corrections import endpoints as corrections
from service.evaluation import endpoints as evaluation
from service.exports import endpoints as exports
from service.margin import endpoints as margin
from service.pairings import endpoints as pairings
from service.points import endpoints as points
from service.registrations import endpoints as registrations
from service.registrations import pair_upload, products
from service.series import endpoints as series
from service.settings import Settings
from service.state import State
from service.upkeep import upkeep
from service.viewer import endpoints as viewer
from service.warping import endpoints as warping

THREADS = 100
"""Requests that wait for workers or disks at the same time."""
DESCRIPTION = """Deformable 3D CT registration: two scans in, a displacement field out, corrected by click.

Points are [x, y, z] in LPS millimetres (DICOM patient frame). The field lies on the fixed scan's grid and maps fixed to
moving: `moving_point = x + d(x)`. Every refusal is `application/problem+json` with a stable `code`; `/problems/{code}`
explains it. **Research use only. Not a medical device.**"""


def create_app(settings: Settings, ports: Ports) -> FastAPI:
    """The application over these ports."""
    app = FastAPI(
        title="kernelreg",
        version=version("kernelreg"),
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan(settings, ports),
    )
    app.state.kernelreg = State(settings, ports, anyio.CapacityLimiter(settings.limits.uploads_at_once))
    problems.add_handlers(app)
    metrics.add_observation(app)
    app.add_middleware(BodyLimit, most=settings.limits.request_bytes, streamed=series.STREAMED | pair_upload.STREAMED)
    for module in (
        series,
        pairings,
        pair_upload,
        registrations,
        products,
        corrections,
        points,
        evaluation,
        margin,
        warping,
        exports,
        archives,
        catalogue,
        health,
        metrics,
        viewer,
    ):
        app.include_router(module.router)
    return app


def lifespan(settings: Settings, ports: Ports) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What runs while the application does: threads enough to wait in, and the upkeep of jobs."""

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        with upkeep(ports, retention_days=settings.retention_days):
            yield

    return running
