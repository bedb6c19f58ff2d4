"""A model server of our own as one more child: its models written from this code, ready before a worker asks it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cli.embedded.children import MODULE, Child
from cli.embedded.doorway import StartError
from cli.triton.launch import launch
from cli.triton.layout import lay_out
from cli.triton.payload import require_payload

NAME = "triton"
STOP_S = 15.0


def model_server(data_dir: Path) -> tuple[Child, str]:
    """The child, and where workers find it (host:port). Raises StartError where it cannot run."""
    payload = require_payload().resolve()
    folder = data_dir / NAME
    found = launch(payload, lay_out(payload, folder / "backends"), exported(folder / "models"))
    log = data_dir / "logs" / f"{NAME}.log"
    child = Child(
        NAME, found.command, log, found.environment, stop_s=STOP_S, left_over=found.sweep, answers=found.answers
    )
    child.ready = lambda: found.wait(child.alive)
    return child, found.url


def exported(repository: Path) -> Path:
    """The models of this code, as the server reads them."""
    command = [*MODULE, "registration.export", str(repository)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StartError(f"The models could not be written: {(done.stderr.strip().splitlines() or ['no reason'])[-1]}")
    return repository.resolve()
