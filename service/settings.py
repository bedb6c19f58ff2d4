"""Environment -> settings of the front door: where it listens, who may come in, how much it accepts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from jobs.adapters.artefacts import COPIES_BYTES
from jobs.adapters.caches import TTL_S
from jobs.redis_url import with_password
from pacs.errors import PacsSettingsError
from pacs.settings import Archives
from pacs.settings import from_environment as configured_archives

PLAIN = (
    "data_dir",
    "redis_url",
    "cache_url",
    "cache_ttl_s",
    "artefacts",
    "copies_bytes",
    "retention_days",
    "host",
    "port",
)
"""Settings that are read from the variable of their name."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Limits(BaseModel):
    """How much one client may ask for."""

    model_config = ConfigDict(frozen=True)

    upload_bytes: int = 2 * 2**30
    """One upload, all its files together."""
    upload_files: int = 5000
    """Parts of one upload."""
    inflated_bytes: int = 4 * 2**30
    """What an uploaded archive may unpack to."""
    uploads_at_once: int = 4
    """Uploads that are received or read at the same time; more are answered 429."""
    request_bytes: int = 8 * 2**20
    """Any other request body."""
    queued: int = 200
    """Registrations that wait; more are answered 503."""
    correspondences: int = 1000
    """Correspondences in one request."""
    points: int = 50_000
    """Points in one request."""
    wait_s: float = 20.0
    """How long a request waits for the workers unless it says `Prefer: wait`."""
    longest_wait_s: float = 60.0


class Settings(BaseModel):
    """Everything the front door needs to know. `api_keys`: key -> name of its owner; without any, none is asked for."""

    model_config = ConfigDict(frozen=True)

    data_dir: Path
    redis_url: str = Field(default="", repr=False)
    cache_url: str = ""
    """The Redis of the cache; empty for none, or for the other one where artefacts lie in an object store."""
    cache_ttl_s: int = Field(default=TTL_S, gt=0)
    artefacts: str = ""
    """Where scans and results are kept: empty for the data folder, `file:///PATH`, `s3://BUCKET/PREFIX`."""
    copies_bytes: int = COPIES_BYTES
    """Room in the data folder for copies of what an object store holds."""
    retention_days: float = Field(default=0, ge=0)
    """After so many days registrations that ended and series are purged; 0 keeps them until they are deleted."""
    host: str = "127.0.0.1"
    port: int = 8000
    api_keys: dict[str, str] = Field(default={}, repr=False)
    limits: Limits = Limits()
    archives: Archives = Field(default=Archives(), repr=False)
    """The PACS that clients can name."""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return self.host in LOOPBACK


class SettingsError(Exception):
    """Settings with which the service must not start; the message is for the operator."""


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """KERNELREG_ before `PLAIN`; _API_KEYS, _API_KEYS_FILE, _PACS_FILE, _REDIS_PASSWORD_FILE; _LIMIT_ before names of
    `Limits`."""
    values = {key.removeprefix("KERNELREG_").lower(): value for key, value in environment.items()}
    limits = {name: values[f"limit_{name}"] for name in Limits.model_fields if f"limit_{name}" in values}
    simple = {name: values[name] for name in PLAIN if values.get(name)}
    for name in {"redis_url", "cache_url"} & simple.keys():
        simple[name] = with_password(simple[name], values.get("redis_password_file"))
    more = {"limits": limits, "api_keys": api_keys(values), "archives": archives(environment)}
    return checked(Settings.model_validate(simple | more))


def archives(environment: Mapping[str, str]) -> Archives:
    """The configured archives; raises SettingsError."""
    try:
        return configured_archives(environment)
    except PacsSettingsError as error:
        raise SettingsError(str(error)) from error


def checked(settings: Settings) -> Settings:
    """The settings, unless they would leave scans open to a network."""
    if not settings.loopback and not settings.api_keys:
        raise SettingsError(
            f"Listening on {settings.host} opens the service to the network, so it needs API keys: set"
            " KERNELREG_API_KEYS=name:key (comma separated) or KERNELREG_API_KEYS_FILE (one name:key per line)."
        )
    return settings


def api_keys(values: Mapping[str, str]) -> dict[str, str]:
    """`name:key` entries from the variable and the file."""
    entries = values.get("api_keys", "").split(",")
    if file := values.get("api_keys_file"):
        entries += Path(file).read_text().splitlines()
    pairs = [entry.strip().partition(":") for entry in entries if entry.strip() and not entry.strip().startswith("#")]
    if any(not name or len(key) < SHORTEST_KEY for name, _, key in pairs):
        raise SettingsError(f"An API key is written name:key, with a key of at least {SHORTEST_KEY} characters.")
    return {key: name for name, _, key in pairs}


SHORTEST_KEY = 16
