"""A configuration file becomes the settings of the part it names: the table of all that can be trained."""

from __future__ import annotations

from pathlib import Path

from registration.errors import MethodError
from registration.training.encoder import EncoderTraining
from registration.training.error import ErrorTraining
from registration.training.kernel import KernelTraining
from registration.training.pyramid import PyramidTraining
from registration.training.reconstruction import ReconstructionTraining
from registration.training.settings import Settings, read_toml

PARTS: dict[str, type[Settings]] = {
    "encoder": EncoderTraining,
    "error": ErrorTraining,
    "kernel": KernelTraining,
    "pyramid": PyramidTraining,
    "reconstruction": ReconstructionTraining,
}
"""By the name that stands after `part =`."""


def read_settings(path: Path) -> Settings:
    """The run that a TOML file describes; paths in it are relative to the working folder.

    Raises MethodError `config-invalid`: what the file says, what was expected.
    """
    values = read_toml(path)
    part = values.get("part")
    if not isinstance(part, str) or part not in PARTS:
        expected = ", ".join(f'"{name}"' for name in PARTS)
        got = "no such key" if part is None else repr(part)
        raise MethodError(
            "config-invalid", f"{path.name}: the key 'part' says what to train: one of {expected}, got {got}."
        )
    return PARTS[part].from_values(values, path.name)
