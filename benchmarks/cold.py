"""The first click of a worker that has just started: from a folder, from the cache, from an object store."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from cli.embedded.redis_server import FORGETFUL, command, require_binary, wait_until_ready
from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.adapters.memory import MemoryJobs, MemoryLeases, MemoryQueue
from jobs.adapters.object_artefacts import ObjectArtefacts
from jobs.adapters.redis_cache import RedisCache
from jobs.adapters.redis_client import connect_bytes
from jobs.messages import Correct
from jobs.model import Correspondence, JobRecord, JobState, RegistrationRequest
from jobs.ports import ArtefactStore, Kind, Ports, StateCache
from jobs.revisions import original
from registration.archive import save_result
from registration.confidence.bounds import ErrorBounds
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.matches import Matches
from registration.result import ModelIdentity, Registration
from registration.volume import Volume
from tests.builders.object_store import empty_bucket, s3_server
from worker.field_cache import keep
from worker.handlers.correct import correct
from worker.results import RESULT, OpenResults

GRID = Grid((224, 192, 224), (1.5, 1.5, 1.5), (-168.0, -144.0, 0.0))
RUNS = 7


def main() -> None:
    """Print the median of each way, and what was read."""
    with tempfile.TemporaryDirectory(prefix="kernelreg-bench-") as name, redis_cache(Path(name)) as cache:
        folder = Path(name)
        registration = smooth()
        print(f"field of {' x '.join(map(str, GRID.size))} voxels, {registration.field.vectors_mm.nbytes / 1e6:.0f} MB")
        disk = prepared(DiskArtefacts(folder / "disk"), None, registration)
        _report("a folder of this machine", lambda: disk)
        cached = prepared(DiskArtefacts(folder / "cached"), cache, registration)
        _report("the cache", lambda: cached)
        with s3_server() as variables:
            os.environ.update(variables)
            bucket = empty_bucket()
            prepared(ObjectArtefacts(bucket, folder / "writer", copies_bytes=2**40), None, registration, disk)
            fresh = (ObjectArtefacts(bucket, folder / f"reader-{n}", copies_bytes=2**40) for n in range(RUNS))
            _report("an object store, nothing cached", lambda: with_artefacts(disk, next(fresh)))


def smooth() -> Registration:
    """A field as smooth as a breath, and scans that nobody looks at."""
    z, y, x = (np.linspace(0, 3, n, dtype=np.float32) for n in GRID.shape)
    noise = np.random.default_rng(0).normal(scale=0.05, size=(*GRID.shape, 3)).astype(np.float32)
    wave = np.sin(x) + np.cos(y)[:, None] + np.sin(2 * z)[:, None, None]
    field = DisplacementField(noise + 5 * wave[..., None], GRID)
    full, points = np.ones(GRID.shape, np.float32), np.zeros((1, 3), np.float32)
    matches = Matches(points, points, np.ones(1, np.float32), np.zeros((1, 0), np.float32))
    bounds = ErrorBounds((0.9,), (1.0,), ((2.0,),))
    identity = ModelIdentity("none", "1", "")
    return Registration(field, full, full, bounds, matches, np.eye(4), identity, {}, {}, "thorax")


def prepared(
    artefacts: ArtefactStore, cache: StateCache | None, registration: Registration, like: Ports | None = None
) -> Ports:
    """A succeeded job whose result lies in this store, and in the cache if there is one."""
    leases, first = MemoryLeases(), original("ann")
    ports = Ports(like.jobs if like else MemoryJobs(), artefacts, MemoryQueue(), leases, leases, cache)
    if like is None:
        request = RegistrationRequest(fixed="a", moving="b")
        record = JobRecord(id="job", owner="ann", request=request, created_at=0.0, state=JobState.SUCCEEDED)
        ports.jobs.create(record.changed(revisions=(first,)))
    scan = Volume(registration.error_mm, GRID)
    with artefacts.staging() as staged:
        save_result(staged / RESULT, scan, scan, registration)
        artefacts.publish(Kind.REGISTRATION, "job", staged)
    if cache:
        keep(cache, "job", first.tag, registration.field)
    return ports


def with_artefacts(ports: Ports, artefacts: ArtefactStore) -> Ports:
    """The same records over another machine's view of the artefacts."""
    return Ports(ports.jobs, artefacts, ports.queue, ports.leases, ports.presence)


def _report(what: str, ports: Callable[[], Ports]) -> None:
    walls, processor = [], []
    for number in range(RUNS):
        here = ports()
        here.jobs.update("job", lambda record: record.changed(revisions=record.revisions[:1]))
        fixed = GRID.index_to_mm((60 + number, 80, 90)).tolist()
        click = Correspondence(id="a", fixed=tuple(fixed), moving=tuple(np.add(fixed, 6.0).tolist()))
        request = Correct(job_id="job", tag=here.jobs.get("job").revisions[0].tag, by="ann", set=(click,))
        wall, cpu = time.perf_counter(), time.process_time()
        correct(request, here, OpenResults(here))
        walls.append(1000 * (time.perf_counter() - wall))
        processor.append(1000 * (time.process_time() - cpu))
    print(f"{what}: {np.median(walls):.0f} ms, of which own processor {np.median(processor):.0f} ms")


@contextmanager
def redis_cache(folder: Path) -> Iterator[RedisCache]:
    """A Redis as the cache has it."""
    socket = folder / "redis.sock"
    place = ("--dir", str(folder), "--unixsocket", str(socket))
    process = subprocess.Popen([*command(require_binary(), FORGETFUL), *place], stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(f"unix://{socket}")
        yield RedisCache(connect_bytes(f"unix://{socket}"), 1000)
    finally:
        process.terminate()
        process.wait(10)
