"""An archive becomes an HTTP client that follows no redirect and no proxy; its refusals become errors."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from pacs.errors import PacsError
from pacs.settings import Archive

TRY_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses of an archive that may answer the same request later."""


def connect(archive: Archive) -> httpx.Client:
    """A client of the archive's DICOMweb; raises `pacs-cannot` where it has none, `pacs-refused` without its secret."""
    if not archive.dicomweb:
        raise PacsError("pacs-cannot", f"The archive {archive.name} is not configured for DICOMweb.")
    return httpx.Client(
        headers={"Authorization": f"Bearer {secret(archive.bearer_file)}"} if archive.bearer_file else {},
        auth=(archive.user, secret(archive.password_file)) if archive.password_file else None,
        verify=ssl.create_default_context(cafile=archive.ca_file) if archive.ca_file else True,
        timeout=httpx.Timeout(archive.timeout_s, connect=archive.connect_s),
        follow_redirects=False,
        trust_env=False,
    )


def secret(file: Path) -> str:
    """What a password or token file holds now; raises `pacs-refused` when it is gone."""
    try:
        return file.read_text().strip()
    except OSError:
        raise PacsError("pacs-refused", "The file with the archive's password or token cannot be read.") from None


@contextmanager
def answering(client: httpx.Client, request: httpx.Request) -> Iterator[httpx.Response]:
    """The archive's answer, its body still to be read; whatever goes wrong on the way is `pacs-unreachable`."""
    try:
        response = client.send(request, stream=True)
        try:
            yield response
        finally:
            response.close()
    except httpx.DecodingError as error:
        raise PacsError("pacs-answer-invalid", "The archive's answer cannot be decompressed.") from error
    except (httpx.TransportError, OSError) as error:
        raise PacsError("pacs-unreachable", f"The archive does not answer: {type(error).__name__}.") from error


def require_status(response: httpx.Response, *fine: int) -> None:
    """Raises `pacs-unreachable` for what may pass, `pacs-refused` for any other status than those that are fine."""
    status = response.status_code
    if status in fine:
        return
    code = "pacs-unreachable" if status in TRY_LATER else "pacs-refused"
    redirect = " It redirects elsewhere, which is never followed." if response.is_redirect else ""
    raise PacsError(code, f"The archive answers with HTTP status {status}.{redirect}", status=status)


def body(response: httpx.Response, most: int) -> bytes:
    """The whole body; raises `pacs-answer-invalid` when it is longer than `most` bytes."""
    whole = bytearray()
    for chunk in response.iter_bytes():
        whole += chunk
        if len(whole) > most:
            raise PacsError("pacs-answer-invalid", f"The archive's answer is longer than {most} bytes.")
    return bytes(whole)
