"""Weights that others publish: a file that a person fetched becomes tensors, checked, its terms told once.

Nothing is ever downloaded. A file counts only if its SHA-256 is the published one, or one that was named on purpose.
"""

from __future__ import annotations

import hashlib
import io
import logging
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch

from registration.errors import MethodError

EVENTS = logging.getLogger("kernelreg")


@dataclass(frozen=True)
class Published:
    """For the detector `name`: a `file` name, `sha256` of its content, `terms` of use, `source` where to get it."""

    name: str
    file: str
    sha256: str
    terms: str
    source: str


@dataclass(frozen=True)
class WeightsFolder:
    """Where fetched files lie; `sha256` by detector name: those to accept instead of the published ones."""

    path: Path
    sha256: Mapping[str, str] = field(default_factory=dict)

    def file(self, weights: Published) -> Path:
        """Where the file of these weights belongs."""
        return self.path / weights.file

    def sha256_of(self, weights: Published) -> str:
        """What the content of that file must hash to."""
        return self.sha256.get(weights.name, weights.sha256)


def weights_folder(environment: Mapping[str, str]) -> WeightsFolder:
    """The folder KERNELREG_WEIGHTS_DIR, else kernelreg/weights in XDG_CACHE_HOME, else in ~/.cache.

    KERNELREG_DISK_SHA256 and KERNELREG_SUPERPOINT_SHA256 accept files other than the published ones.
    """
    cache = environment.get("XDG_CACHE_HOME") or "~/.cache"
    folder = environment.get("KERNELREG_WEIGHTS_DIR") or f"{cache}/kernelreg/weights"
    variables = {name: f"KERNELREG_{name.upper()}_SHA256" for name in ("disk", "superpoint")}
    accepted = {name: environment[variable] for name, variable in variables.items() if environment.get(variable)}
    return WeightsFolder(Path(folder).expanduser(), accepted)


def load_external(weights: Published, path: Path, *, sha256: str) -> dict[str, Any]:
    """What `torch.save` put into the file, tensors only, once its SHA-256 has been found to be `sha256`.

    Raises MethodError `weights-missing`, `weights-invalid`; both say which file, where, and how to get it.
    """
    place = f"{path.name} in {_shown(path.parent)}"
    if not path.is_file():
        message = f"The detector {weights.name!r} needs {place}, and there is none. {_way(weights)}"
        raise MethodError("weights-missing", message, file=path.name)
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256.lower():
        message = f"{place} is not the expected file: SHA-256 should be {sha256}, is {found}. {_way(weights)}"
        raise MethodError("weights-invalid", message, file=path.name)
    _tell_terms(weights)
    return _tensors(content, path.name)


def _way(weights: Published) -> str:
    return f"kernelreg downloads nothing; {weights.file} comes from {weights.source} ({weights.terms})."


def _shown(folder: Path) -> str:
    """The folder, its owner's home as ~: messages travel to people who need not know it."""
    return f"~/{folder.relative_to(Path.home())}" if folder.is_relative_to(Path.home()) else str(folder)


@cache
def _tell_terms(weights: Published) -> None:
    """Once per process, on whatever the process logs to."""
    EVENTS.warning("The detector %r uses the work of others: %s (%s).", weights.name, weights.terms, weights.source)


def _tensors(content: bytes, name: str) -> dict[str, Any]:
    """Without running code that a pickle may hold."""
    try:
        loaded = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise MethodError("weights-invalid", f"{name} is no file of PyTorch tensors.") from error
    if not isinstance(loaded, dict):
        raise MethodError("weights-invalid", f"{name} holds no named tensors.")
    return loaded
