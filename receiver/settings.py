"""Environment -> settings of the receiver: where it listens, who may send, how much it takes, for whom."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from jobs.adapters.artefacts import COPIES_BYTES
from jobs.redis_url import with_password
from pacs.errors import PacsSettingsError
from pacs.settings import Archives
from pacs.settings import from_environment as configured_archives

LOOPBACK = ("127.0.0.1", "localhost", "::1")
OWN = ("host", "port", "aet", "callers", "owner", "quiet_s", "keep_hours", "bytes", "instances", "instance_bytes",
       "associations", "reserve_bytes", "idle_s")  # fmt: skip
"""Settings that are read from KERNELREG_DICOM_ and their name."""
SHARED = ("data_dir", "redis_url", "artefacts", "copies_bytes", "rules_file")
"""Settings that are read from KERNELREG_ and their name."""
TITLE = re.compile(r"[^\\\x00-\x1f]{1,16}")


class ReceiverSettingsError(Exception):
    """Settings with which the receiver must not start; the message is for the operator."""


class ReceiverSettings(BaseModel):
    """Everything that the receiver needs to know."""

    model_config = ConfigDict(frozen=True)

    data_dir: Path
    redis_url: str = Field(repr=False)
    artefacts: str = ""
    copies_bytes: int = COPIES_BYTES
    rules_file: Path | None = None
    archives: Archives = Field(default=Archives(), repr=False)
    """The PACS that rules can name."""
    host: str = "127.0.0.1"
    port: int = Field(default=11112, ge=0, lt=65536)
    aet: str = "KERNELREG"
    """Our application entity title; who calls another one is rejected."""
    callers: frozenset[str] = frozenset()
    """Application entity titles that may send; without any, everyone on this machine, and nobody else."""
    owner: str = "local"
    """Whose series these become: a name of KERNELREG_API_KEYS, or `local` where there are none."""
    quiet_s: float = Field(default=5.0, ge=0)
    """A series that nothing was added to for so long is whole, once the association that brought it has ended."""
    keep_hours: float = Field(default=2.0, ge=0)
    """How long received instances wait for late ones of their series."""
    bytes: int = Field(default=50 * 2**30, gt=0)
    """All instances in the inbox together."""
    instances: int = Field(default=200_000, gt=0)
    instance_bytes: int = Field(default=2 * 2**30, gt=0)
    """One instance."""
    associations: int = Field(default=8, gt=0)
    """At the same time."""
    reserve_bytes: int = Field(default=2**30, ge=0)
    """Room on the disk that is left to others."""
    idle_s: float = Field(default=60.0, gt=0)
    """How long an association may say nothing."""

    @property
    def inbox(self) -> Path:
        """Where instances arrive."""
        return self.data_dir / "received"

    @model_validator(mode="after")
    def _safe(self) -> Self:
        for title in (self.aet, *self.callers):
            if not TITLE.fullmatch(title):
                raise ValueError("an application entity title has 1 to 16 characters, no backslash")
        if self.host not in LOOPBACK and not self.callers:
            raise ValueError(
                f"listening on {self.host} opens the receiver to the network, so it needs to know who may send:"
                " set KERNELREG_DICOM_CALLERS=TITLE,TITLE"
            )
        return self


def from_environment(environment: Mapping[str, str] = os.environ) -> ReceiverSettings:
    """KERNELREG_DICOM_ before `OWN`, KERNELREG_ before `SHARED`, _REDIS_PASSWORD_FILE. Raises ReceiverSettingsError."""
    names = {name: f"KERNELREG_DICOM_{name.upper()}" for name in OWN}
    names |= {name: f"KERNELREG_{name.upper()}" for name in SHARED}
    values: dict[str, object] = {name: environment[key] for name, key in names.items() if environment.get(key)}
    values["callers"] = [one.strip() for one in str(values.get("callers", "")).split(",") if one.strip()]
    password = environment.get("KERNELREG_REDIS_PASSWORD_FILE")
    values["redis_url"] = with_password(str(values.get("redis_url", "")), password)
    _require_owner(environment, values)
    try:
        values["archives"] = configured_archives(environment)
        return ReceiverSettings.model_validate(values)
    except PacsSettingsError as error:
        raise ReceiverSettingsError(str(error)) from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ", ".join(names.get(str(part), str(part)) for part in first["loc"])
        raise ReceiverSettingsError(f"{place or 'KERNELREG_DICOM'}: {first['msg']}") from None


def _require_owner(environment: Mapping[str, str], values: Mapping[str, object]) -> None:
    """Where clients have names, what arrives must belong to one of them; otherwise nobody would see it."""
    named = environment.get("KERNELREG_API_KEYS") or environment.get("KERNELREG_API_KEYS_FILE")
    if named and "owner" not in values:
        raise ReceiverSettingsError("With API keys, KERNELREG_DICOM_OWNER names the owner of what arrives.")
