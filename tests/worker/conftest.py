"""Ports in dictionaries over a folder, with two scans in it and a way to make jobs."""

import time

import pytest

from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.adapters.memory import MemoryJobs, MemoryLeases, MemoryQueue
from jobs.model import JobRecord, RegistrationRequest, new_job_id
from jobs.ports import Kind, Ports
from jobs.series import SeriesRecord, save_series
from registration.plain import grid_to_json
from registration.volume import Volume
from tests.builders.shifted import FIXED, MOVING, shift_method, texture
from worker.handlers.register_pair import register_pair


@pytest.fixture
def ports(tmp_path):
    leases, artefacts = MemoryLeases(), DiskArtefacts(tmp_path / "data")
    for name, grid in (("fixed", FIXED), ("moving", MOVING)):
        keep_series(artefacts, name, Volume(texture().astype("float32"), grid))
    return Ports(MemoryJobs(), artefacts, MemoryQueue(), leases, leases)


def keep_series(artefacts, name, volume):
    with artefacts.staging() as staged:
        grid = grid_to_json(volume.grid)
        record = SeriesRecord(id=name, owner="ann", created_at=0.0, bytes=1, files=1, grid=grid, report={})
        save_series(staged, record, volume)
        artefacts.publish(Kind.SERIES, name, staged)


@pytest.fixture
def make_job(ports):
    def make(**request):
        asked = RegistrationRequest(**({"fixed": "fixed", "moving": "moving"} | request))
        return ports.jobs.create(JobRecord(id=new_job_id(), owner="ann", request=asked, created_at=time.time())).id

    return make


@pytest.fixture
def registered(ports, make_job):
    """A job that has succeeded."""
    job_id = make_job()
    register_pair(job_id, ports, shift_method)
    return job_id
