"""A list of names becomes volumes to train on: scans with a permissive licence, and procedural phantoms."""

from __future__ import annotations

from pathlib import Path

from registration.reading import read_scan
from registration.volume import Volume

PHANTOM = "phantom"


def training_volume(name: str, folder: Path) -> Volume:
    """The volume called `name`: `phantom:thorax:7` or `phantom:abdomen:7` (kind and seed), or a file below `folder`."""
    if name.startswith(PHANTOM + ":"):
        _, kind, seed = name.split(":")
        return _phantom(kind, int(seed))
    return read_scan(folder / name).volume


def _phantom(kind: str, seed: int) -> Volume:
    raise NotImplementedError
