"""A Redis URL and the file of its password -> the URL that logs in; no password in an environment or process list."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit


def with_password(url: str, file: str | None) -> str:
    """`redis://host:6379/0` -> `redis://:secret@host:6379/0`; unchanged without a file or with a password of its own.

    Sockets (`unix:///path`) take it the same way. Raises OSError when the file cannot be read.
    """
    parts = urlsplit(url)
    if not url or not file or parts.password:
        return url
    secret = quote(Path(file).read_text().strip(), safe="")
    return parts._replace(netloc=f"{parts.username or ''}:{secret}@{parts.netloc.rpartition('@')[2]}").geturl()
