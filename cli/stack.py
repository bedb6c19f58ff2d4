"""`kernelreg stack`: the distributed set on this machine, every part its own process, until Ctrl-C."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.dicom_door import DicomPort, dicom_door
from cli.serve import complain, greet

DATA_DIR = Path("~/.local/share/kernelreg-stack")


def stack(
    host: Annotated[str, typer.Option(help="Address to listen on; other than loopback needs API keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 8000,
    data_dir: Annotated[Path, typer.Option(help="Where everything is kept, logs included.")] = DATA_DIR,
    register_workers: Annotated[int, typer.Option(help="Registrations at the same time.", min=1)] = 1,
    refine_workers: Annotated[int, typer.Option(help="Clicks at the same time.", min=1)] = 1,
    dicom_port: DicomPort = None,
    model_server: Annotated[bool, typer.Option(help="A Triton server, or each worker computes by itself.")] = True,
) -> None:
    """Run the distributed set: two Redis, a Triton server (or KERNELREG_TRITON_URL), workers, the front door."""
    from cli.distributed.processes import Set, processes
    from cli.embedded.doorway import StartError, listening, locked, private_folder
    from cli.embedded.redis_server import require_binary
    from cli.embedded.supervisor import announce_when_ready, prepare, socket_folder, supervise, told_to_stop
    from jobs.messages import QueueName, served
    from receiver.settings import ReceiverSettingsError
    from service.settings import SettingsError, from_environment

    counts = {QueueName.REGISTER: register_workers, QueueName.REFINE: refine_workers}
    try:
        folder = private_folder(data_dir.expanduser())
        wanted = {"KERNELREG_HOST": host, "KERNELREG_PORT": str(port), "KERNELREG_DATA_DIR": str(folder)}
        settings = from_environment(dict(os.environ) | wanted)
        with locked(folder), listening(host, port) as door, told_to_stop() as stop, socket_folder() as sockets:
            settings = settings.model_copy(update={"port": door.getsockname()[1]})
            dicom = dicom_door(dicom_port, folder)
            prepare(settings.data_dir)
            announce_when_ready(settings, lambda: greet(settings.host, settings.port, folder, dicom), stop)
            triton_url = os.environ.get("KERNELREG_TRITON_URL", "") if model_server else None
            workers = dict.fromkeys(served(bool(settings.archives.named)), 1) | counts
            children = processes(Set(settings, require_binary(), door.fileno(), workers, triton_url), sockets)
            supervise(children, stop, complain)
    except (StartError, SettingsError, ReceiverSettingsError) as error:
        complain(str(error))
        raise typer.Exit(1) from None
