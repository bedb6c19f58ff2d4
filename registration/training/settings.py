"""What every configuration of a training run says, and how one is read from a TOML file."""

from __future__ import annotations

import tomllib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from registration.errors import MethodError
from registration.training.course import Course
from registration.training.machine import DeviceWish, Machine, PrecisionWish, choose_machine

Positive = Annotated[int, Field(gt=0)]
WHEREABOUTS = {"folder", "threads", "device", "precision"}
"""Keys that may change between a stop and the next start: they say where a run happens, not what it is."""


class Settings(BaseModel, ABC):
    """A run of `steps` updates from `seed`, in `folder`; `learning_rate` falls to nothing along a cosine.

    device, precision: `auto` takes a GPU with mixed precision when there is one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    seed: int = 1
    steps: Positive = 300
    learning_rate: Annotated[float, Field(gt=0)] = 2e-3
    validate_every: Positive = 50
    threads: Positive = 1
    device: DeviceWish = "auto"
    precision: PrecisionWish = "auto"

    @abstractmethod
    def course(self, machine: Machine) -> Course:
        """What this run trains on, its data made ready."""

    def cpu_precision(self) -> PrecisionWish:
        """What `auto` means on a CPU."""
        return "float32"

    def machine(self) -> Machine:
        """The machine that `device` and `precision` ask for. Raises MethodError `config-invalid`."""
        return choose_machine(self.device, self.precision, cpu_precision=self.cpu_precision())

    def identity(self) -> dict[str, object]:
        """All that decides what is learned, as JSON knows it."""
        return self.model_dump(mode="json", exclude=WHEREABOUTS)

    @classmethod
    def from_values(cls, values: Mapping[str, object], file: str) -> Self:
        """The settings in a parsed TOML file. Raises MethodError `config-invalid` with every wrong key."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            faults = "; ".join(_fault(dict(e), cls) for e in error.errors())
            raise MethodError("config-invalid", f"{file}: {faults}.") from error


def read_toml(path: Path) -> dict[str, object]:
    """The keys of a TOML file. Raises MethodError `config-invalid` when it is none."""
    try:
        return tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MethodError("config-invalid", f"{path.name} is no TOML file: {error}.") from error


def _fault(error: dict[str, Any], settings: type[Settings]) -> str:
    """One sentence about one key: expected and got."""
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "missing":
        return f"the key {key!r} is missing"
    if error["type"] == "extra_forbidden":
        return f"{key!r} is no key here; expected some of {', '.join(settings.model_fields)}"
    return f"{key}: {error['msg']}, got {error['input']!r}"
