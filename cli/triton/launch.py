"""A model repository becomes a server's command and environment, and the answer whether it is ready."""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import sys
import sysconfig
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cli.embedded.doorway import StartError
from cli.triton.payload import server_in

HOST = "127.0.0.1"
START_S = 180.0
"""Quiet machines need 6 s, most of it to import torch once per model; loaded ones half a minute and more."""
SHARED = Path("/dev/shm")


@dataclass(frozen=True)
class Launch:
    """How to start a server, and where it will answer. shared: what the names of its shared memory begin with."""

    command: tuple[str, ...]
    environment: dict[str, str]
    ports: tuple[int, int, int]
    shared: str

    @property
    def url(self) -> str:
        """Where gRPC is spoken, as KERNELREG_TRITON_URL takes it."""
        return f"{HOST}:{self.ports[1]}"

    @property
    def metrics_url(self) -> str:
        """Where Prometheus finds the server's own figures."""
        return f"http://{HOST}:{self.ports[2]}/metrics"

    def answers(self) -> bool:
        """Whether the server and all its models are ready."""
        try:
            with closing(http.client.HTTPConnection(HOST, self.ports[0], timeout=2.0)) as door:
                door.request("GET", "/v2/health/ready")
                return door.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False

    def wait(self, alive: Callable[[], bool], start_s: float = START_S) -> None:
        """Return when it is ready. Raises StartError when it has ended or is not in time."""
        deadline = time.monotonic() + start_s
        while not self.answers():
            if not alive():
                raise StartError("The model server ended while it was starting; its log says why.")
            if time.monotonic() > deadline:
                raise StartError(f"The model server was not ready within {start_s:.0f} s; its log says why.")
            time.sleep(0.2)

    def sweep(self) -> None:
        """Remove the shared memory that a killed server leaves behind."""
        for left in SHARED.glob(f"{self.shared}*"):
            left.unlink(missing_ok=True)


def launch(payload: Path, backends: Path, repository: Path) -> Launch:
    """The server on loopback, on ports that are free now. repository: what `make models` fills."""
    ports, shared = _free_ports(), f"kernelreg-triton-{secrets.token_hex(4)}-"
    source = payload / "pytriton" / "tritonserver"
    command = [
        str(server_in(payload)),
        f"--model-repository={repository}",
        f"--backend-directory={backends}",
        *(f"--{kind}-address={HOST}" for kind in ("http", "grpc", "metrics")),
        *(f"--{kind}-port={port}" for kind, port in zip(("http", "grpc", "metrics"), ports, strict=True)),
        f"--cache-directory={source / 'caches'}",
        f"--backend-config=python,shm-region-prefix-name={shared}",
        "--exit-timeout-secs=5",
    ]
    return Launch(tuple(command), _environment(payload), ports, shared)


def _environment(payload: Path) -> dict[str, str]:
    """The stub finds this very environment through PATH alone, and its libraries through LD_LIBRARY_PATH alone."""
    libraries = [str(payload / "nvidia_pytriton.libs"), sysconfig.get_config_var("LIBDIR") or ""]
    bin_folder = str(Path(sys.executable).parent)
    wanted = {
        "PATH": os.pathsep.join([bin_folder, os.environ.get("PATH", os.defpath)]),
        "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries)),
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    return dict(os.environ) | wanted


def _free_ports() -> tuple[int, int, int]:
    """Three different ports that nobody listens on."""
    doors = [socket.socket() for _ in range(3)]
    for door in doors:
        door.bind((HOST, 0))
    http_port, grpc_port, metrics_port = (door.getsockname()[1] for door in doors)
    for door in doors:
        door.close()
    return http_port, grpc_port, metrics_port
