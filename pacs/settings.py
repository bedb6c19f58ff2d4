"""A TOML file becomes named archives, checked when a process starts: clients name an archive, never an address."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pacs.errors import PacsError, PacsSettingsError

VARIABLE = "KERNELREG_PACS_FILE"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
OUR_TITLE = "KERNELREG"
STOW, C_STORE = "stow", "c-store"
PEER = re.compile(r"(?P<title>[^@\\\s]{1,16})@(?P<host>[^@:\s/]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Title = Annotated[str, Field(pattern=r"^[^\\\s]{1,16}$")]
Prefix = Annotated[str, Field(pattern=r"^[A-Za-z0-9._~/-]*$")]


class Peer(BaseModel):
    """The DIMSE end of an archive: its application entity title, host and port."""

    model_config = ConfigDict(frozen=True)

    title: Title
    host: str
    port: int = Field(gt=0, lt=65536)


class Archive(BaseModel):
    """One archive: where it answers DICOMweb, DIMSE or both, and how we prove who we are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    dicomweb: str = Field(default="", repr=False)
    """Base URL of its DICOMweb services."""
    qido: Prefix = ""
    """Path below the base URL, where searching has one of its own; so have `wado` and `stow`."""
    wado: Prefix = ""
    stow: Prefix = ""
    user: str = Field(default="", repr=False)
    password_file: Path | None = None
    bearer_file: Path | None = None
    """A file with the token of `Authorization: Bearer`; read anew for every connection, so that it can be rotated."""
    ca_file: Path | None = None
    """Certificates (PEM) that sign the archive's, in place of the system's."""
    secrets_over_http: bool = False
    """Allow to send password or token without TLS to another machine."""
    dimse: Peer | None = None
    aet: Title = OUR_TITLE
    """Our own application entity title."""
    owners: tuple[str, ...] = ()
    """Owners of API keys that may name it; empty: all."""
    connect_s: float = Field(default=5.0, gt=0, le=60)
    timeout_s: float = Field(default=60.0, gt=0, le=600)
    """How long to wait for the next bytes of an answer."""
    most_bytes: int = Field(default=4 * 2**30, gt=0)
    """How large a series may be that is fetched."""
    most_instances: int = Field(default=10_000, gt=0)

    @field_validator("dimse", mode="before")
    @classmethod
    def _peer(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found = PEER.fullmatch(value)
        if found is None:
            raise ValueError("dimse is written TITLE@host:port")
        return Peer(title=found["title"], host=found["host"].strip("[]"), port=int(found["port"]))

    @field_validator("dicomweb")
    @classmethod
    def _base(cls, value: str) -> str:
        url = httpx.URL(value)
        if value and (url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query or url.fragment):
            raise ValueError("dicomweb is http(s)://host[:port]/path; user and password have settings of their own")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.dicomweb and not self.dimse:
            raise ValueError("an archive needs dicomweb, dimse or both")
        if bool(self.user) != bool(self.password_file) or (self.user and self.bearer_file):
            raise ValueError("give user and password_file, or bearer_file, or none of them")
        for file in (self.password_file, self.bearer_file, self.ca_file):
            if file and not file.read_text().strip():
                raise ValueError(f"{file} is empty")
        if (self.user or self.bearer_file) and not self.secrets_over_http and not self._private():
            raise ValueError("password or token would cross the network in the clear; use https")
        return self

    def _private(self) -> bool:
        url = httpx.URL(self.dicomweb)
        return url.scheme == "https" or url.host in LOOPBACK

    @property
    def ways_in(self) -> tuple[str, ...]:
        """How objects can be sent, the preferred way first."""
        return (*([STOW] if self.dicomweb else []), *([C_STORE] if self.dimse else []))

    def way(self, wanted: str | None = None) -> str:
        """How objects are sent: the way that is wanted, or the preferred one; raises `pacs-cannot`."""
        if wanted is not None and wanted not in self.ways_in:
            ways = ", ".join(self.ways_in)
            raise PacsError("pacs-cannot", f"The archive {self.name} takes objects by {ways}, not by {wanted}.")
        return wanted or self.ways_in[0]


class Archives(BaseModel):
    """Every configured archive by its name."""

    model_config = ConfigDict(frozen=True)

    named: dict[str, Archive] = {}

    def open_to(self, owner: str) -> Archives:
        """The archives that an owner may name; of the others they learn nothing."""
        named = {name: one for name, one in self.named.items() if not one.owners or owner in one.owners}
        return Archives(named=named)

    def of(self, name: str) -> Archive:
        """The archive of this name; raises `pacs-unknown`."""
        if name not in self.named:
            known = ", ".join(sorted(self.named)) or "none"
            raise PacsError("pacs-unknown", f"There is no archive of this name; configured: {known}.")
        return self.named[name]


def from_environment(environment: Mapping[str, str]) -> Archives:
    """The archives of the file that KERNELREG_PACS_FILE names; none without it. Raises PacsSettingsError."""
    file = environment.get(VARIABLE)
    return read_archives(Path(file)) if file else Archives()


def read_archives(file: Path) -> Archives:
    """`[archives.NAME]` tables become archives; what stands above them (`aet`) holds for each. Raises
    PacsSettingsError."""
    try:
        document = tomllib.loads(file.read_text())
        tables = document.pop("archives", {})
        return Archives(named={name: Archive(**({"name": name} | document | table)) for name, table in tables.items()})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise PacsSettingsError(f"{VARIABLE}: archive {error.title}: {place} {first['msg']}") from None
    except (OSError, tomllib.TOMLDecodeError, AttributeError, TypeError) as error:
        raise PacsSettingsError(f"{VARIABLE}: {file} cannot be used: {error}") from None
