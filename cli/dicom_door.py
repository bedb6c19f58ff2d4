"""The option `--dicom-port`: whether and where a service receives DICOM, checked before anything starts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

DicomPort = Annotated[
    int | None,
    typer.Option(
        envvar="KERNELREG_DICOM_PORT",
        help="Receive DICOM (C-STORE) on this port; who may send is said by KERNELREG_DICOM_CALLERS.",
        min=1,
        max=65535,
    ),
]


def dicom_door(port: int | None, data_dir: Path) -> str:
    """What the greeting says of it, empty without a port. Raises ReceiverSettingsError."""
    if port is None:
        return ""
    from receiver.rules import read_rules
    from receiver.settings import from_environment

    told = {"KERNELREG_DICOM_PORT": str(port), "KERNELREG_DATA_DIR": str(data_dir)}
    settings = from_environment(dict(os.environ) | told)
    rules = len(read_rules(settings.rules_file, settings.archives))
    return f", DICOM to {settings.aet}@{settings.host}:{port}" + (f" ({rules} rules)" if rules else "")
