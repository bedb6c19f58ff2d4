"""A request body becomes files in a private folder, within limits, without blocking the event loop."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from anyio import move_on_after
from anyio.to_thread import run_sync
from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect

from jobs.intake import Received, digest_of
from service.errors import ServiceError
from service.series.parts import Folder, Parts, WholeBody
from service.settings import Limits

CHUNK = 1 << 20
DRAINED, DRAIN_S = 256 * 2**20, 20.0
SINGLE = ("application/octet-stream", "application/zip", "application/dicom", "application/gzip")


async def receive(request: Request, folder: Path, limits: Limits) -> Received:
    """Stream the body to disk; raises ServiceError when it is none of the accepted forms, or beyond the limits."""
    if int(request.headers.get("content-length", "0")) > limits.upload_bytes:
        raise too_large(limits)
    arriving = Folder(folder, most=limits.upload_files)
    body = body_reader(request.headers.get("content-type", ""), arriving)
    try:
        await _stream(request, body, limits)
        body.finish()
    finally:
        arriving.close()
    if not arriving.files:
        raise ServiceError("upload-missing", "The body holds no file; send every file as a part called `files`.")
    digest = digest_of(file.digest.hexdigest() for file in arriving.files)
    return Received(tuple(file.path for file in arriving.files), digest, sum(file.size for file in arriving.files))


def body_reader(content_type: str, folder: Folder) -> Parts | WholeBody:
    """What takes a body of this media type apart."""
    kind, options = parse_options_header(content_type)
    if kind in (b"multipart/form-data", b"multipart/related") and options.get(b"boundary"):
        return Parts(folder, options[b"boundary"], related=kind == b"multipart/related")
    if kind.decode("latin-1") in SINGLE:
        return WholeBody(folder)
    expected = f"multipart/form-data, multipart/related or one file as {', '.join(SINGLE)}"
    raise ServiceError(
        "media-type-unsupported", f"Expected {expected}, got {kind.decode('latin-1')[:80] or 'nothing'}."
    )


def too_large(limits: Limits) -> ServiceError:
    """More bytes than one upload may hold."""
    most = limits.upload_bytes
    return ServiceError("body-too-large", f"An upload may hold {most} bytes.", most=most)


async def drain(request: Request) -> None:
    """Read on after a refusal, for a while: a client that is still sending would not see the answer."""
    left = DRAINED
    with suppress(ClientDisconnect, RuntimeError), move_on_after(DRAIN_S):
        async for chunk in request.stream():
            left -= len(chunk)
            if left < 0:
                return


async def _stream(request: Request, body: Parts | WholeBody, limits: Limits) -> None:
    waiting, total = bytearray(), 0
    try:
        async for chunk in request.stream():
            total += len(chunk)
            if total > limits.upload_bytes:
                raise too_large(limits)
            waiting += chunk
            if len(waiting) >= CHUNK:
                await run_sync(body.feed, bytes(waiting))
                waiting.clear()
    except ClientDisconnect:
        raise ServiceError("upload-interrupted", "The client left before the last byte.") from None
    if waiting:
        await run_sync(body.feed, bytes(waiting))
