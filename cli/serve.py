"""`kernelreg serve`: the whole service on this machine, until Ctrl-C."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.dicom_door import DicomPort, dicom_door

DATA_DIR = Path("~/.local/share/kernelreg")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; other than loopback needs API keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 8000,
    data_dir: Annotated[Path, typer.Option(help="Where scans, results and jobs are kept.")] = DATA_DIR,
    dicom_port: DicomPort = None,
    memory: Annotated[bool, typer.Option("--memory", help="One process, nothing is kept when it ends.")] = False,
) -> None:
    """Run the service: front door, workers and a private Redis, with nothing to install beside Python."""
    from cli.embedded import memory as single
    from cli.embedded import supervisor
    from cli.embedded.doorway import StartError, listening, locked, private_folder
    from cli.embedded.redis_server import find_binary
    from receiver.settings import ReceiverSettingsError
    from service.settings import SettingsError, from_environment

    try:
        folder = private_folder(data_dir.expanduser())
        wanted = {"KERNELREG_HOST": host, "KERNELREG_PORT": str(port), "KERNELREG_DATA_DIR": str(folder)}
        url = os.environ.get("REDIS_URL", os.environ.get("KERNELREG_REDIS_URL", ""))
        settings = from_environment(dict(os.environ) | wanted | {"KERNELREG_REDIS_URL": url})
        with locked(folder), listening(host, port) as listener:
            settings = settings.model_copy(update={"port": listener.getsockname()[1]})
            binary = None if url else find_binary()
            dicom = dicom_door(dicom_port, folder)
            if memory or not (url or binary):
                if dicom:
                    raise StartError("DICOM is received only where something is kept: leave out --memory.")
                single.run(settings, listener, lambda: greet(settings.host, settings.port, None))
            else:
                plan = supervisor.Plan(settings, binary, listener, dicom_port)
                supervisor.run(plan, lambda: greet(settings.host, settings.port, folder, dicom), complain)
    except (StartError, SettingsError, ReceiverSettingsError) as error:
        complain(str(error))
        raise typer.Exit(1) from None


def complain(message: str) -> None:
    """What the person at the terminal should know."""
    typer.echo(f"kernelreg: {message}", err=True)


def greet(host: str, port: int, folder: Path | None, dicom: str = "") -> None:
    """The one line that says where it runs, where it keeps things and how it stops."""
    kept = f"data in {folder}" if folder else "nothing is kept when it ends"
    typer.echo(
        f"kernelreg serves http://{host}:{port} (API: /docs){dicom}, {kept}; Ctrl-C stops it. Research use only."
    )
