"""The images, really built and really run, without a container engine. Many minutes long, only when asked for:

    KERNELREG_TEST_IMAGES=1 .venv/bin/python -m pytest tests/deploy/test_images.py

Needs root, buildah, and debootstrap (Debian: apt install buildah debootstrap). The base is a stand-in made of Debian's
own Python: the official base image, HEALTHCHECK and the network of compose are not tested here. A machine whose pip has
settings of its own names the files it needs in KERNELREG_BUILD_VOLUMES (`-v` values of buildah, comma separated).
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from cli.embedded.redis_server import require_binary
from registration.served.expected import expected_fingerprints

ROOT = Path(__file__).parents[2]
TOOLS = ("buildah", "debootstrap")
WAIT_S = 120

pytestmark = [
    pytest.mark.skipif("KERNELREG_TEST_IMAGES" not in os.environ, reason="builds images: KERNELREG_TEST_IMAGES=1"),
    pytest.mark.timeout(3600),
]


class Builder:
    """buildah with storage of its own, gone with its folder."""

    def __init__(self, folder: Path) -> None:
        storage = ["--root", str(folder / "root"), "--runroot", str(folder / "run"), "--storage-driver", "vfs"]
        self.command = ["buildah", *storage]

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run([*self.command, *arguments], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def build(self, target: str, base: str) -> str:
        """The image of a target of the Dockerfile."""
        volumes = [
            "/etc/ssl/certs:/etc/ssl/certs:ro",
            *filter(None, os.environ.get("KERNELREG_BUILD_VOLUMES", "").split(",")),
        ]
        mounts = [part for volume in volumes for part in ("-v", volume)]
        arguments = ["--target", target, "--build-arg", f"PYTHON_IMAGE={base}", "-t", f"kernelreg-{target}:test", "."]
        self("bud", "--isolation", "chroot", "--network", "host", "--pull-never", *mounts, *arguments)
        return f"localhost/kernelreg-{target}:test"

    def running(self, image: str, environment: dict[str, str], *command: str) -> subprocess.Popen:
        """A container of the image on the machine's own network."""
        container = self("from", "--pull-never", image)
        values = [part for item in environment.items() for part in ("-e", "=".join(item))]
        inside = [
            "run",
            "--isolation",
            "chroot",
            "--network",
            "host",
            "--user",
            "10001",
            *values,
            container,
            "--",
            *command,
        ]
        return subprocess.Popen(
            [*self.command, *inside],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    assert not lacking, f"asked for, but not installed: {lacking}"
    folder = tmp_path_factory.mktemp("images")
    yield Builder(folder)
    shutil.rmtree(folder, ignore_errors=True)  # several gigabytes


@pytest.fixture(scope="module")
def base(builder, tmp_path_factory):
    """Debian with its own Python, in place of the official image."""
    folder = tmp_path_factory.mktemp("base")
    packages = "--include=ca-certificates,libpython3.11,python3,python3-pip,python3-venv"
    subprocess.run(
        ["debootstrap", "--variant=minbase", packages, "bookworm", folder / "root"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    subprocess.run(["tar", "-C", folder / "root", "-cf", folder / "base.tar", "."], check=True)
    (folder / "Dockerfile").write_text("FROM scratch\nADD base.tar /\nENV PATH=/usr/sbin:/usr/bin:/sbin:/bin\n")
    builder("bud", "--isolation", "chroot", "-t", "base:stand-in", str(folder))
    shutil.rmtree(folder)
    return "localhost/base:stand-in"


@pytest.fixture(scope="module")
def api(builder, base):
    return builder.build("api", base)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_the_front_door_answers_from_its_image(builder, api, tmp_path):
    ports = {"redis": free_port(), "api": free_port()}
    redis = subprocess.Popen(
        [require_binary(), "--port", str(ports["redis"]), "--bind", "127.0.0.1", "--save", "", "--dir", tmp_path],
        stdout=subprocess.DEVNULL,
    )
    settings = {
        "KERNELREG_HOST": "127.0.0.1",
        "KERNELREG_PORT": str(ports["api"]),
        "KERNELREG_REDIS_URL": f"redis://127.0.0.1:{ports['redis']}/0",
    }
    door = builder.running(api, settings, "python3", "-m", "service")
    try:
        url = f"http://127.0.0.1:{ports['api']}"
        assert answered(f"{url}/healthz", door).json() == {"status": "live"}
        parts = httpx.get(f"{url}/readyz").json()["parts"]
        assert (parts["job-store"], parts["artefacts"]) == ("ok", "ok")
        assert parts["worker-register"] == "worker-busy"
    finally:
        stopped(door)
        redis.terminate()
        redis.wait(20)


def test_its_image_has_no_torch_and_no_rights(builder, api):
    program = "import importlib.util as u, os; print(u.find_spec('torch'), os.getuid())"
    assert builder.running(api, {}, "python3", "-c", program).communicate(timeout=60)[0].split() == ["None", "10001"]


def test_the_model_server_serves_the_models_in_its_image(builder, base):
    image, port = builder.build("triton", base), free_port()
    command = json.loads(builder("inspect", "--type", "image", image))["OCIv1"]["config"]["Cmd"]
    others = [f"--{kind}-port={free_port()}" for kind in ("grpc", "metrics")]
    server = builder.running(image, {}, *command, "--http-address=127.0.0.1", f"--http-port={port}", *others)
    try:
        url = f"http://127.0.0.1:{port}/v2"
        answered(f"{url}/health/live", server)
        deadline = time.monotonic() + WAIT_S
        while httpx.get(f"{url}/health/ready").status_code != httpx.codes.OK and time.monotonic() < deadline:
            time.sleep(1)
        for model in expected_fingerprints():
            assert httpx.get(f"{url}/models/{model}/ready").status_code == httpx.codes.OK
    finally:
        stopped(server)


def test_a_worker_starts_from_its_image(builder, base):
    image = builder.build("worker", base)
    program = "import torch, registration.register, worker.tasks; print(torch.__version__.partition('+')[0])"
    done = builder.running(image, {}, "python3", "-c", program).communicate(timeout=120)[0]
    assert done.strip() == "2.13.0"


def stopped(process: subprocess.Popen) -> None:
    """End what runs in a container, and the tool that runs it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=30)


def answered(url: str, process: subprocess.Popen) -> httpx.Response:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.5)
    process.kill()
    raise AssertionError(f"no answer from {url}: {process.communicate()[0]}")
