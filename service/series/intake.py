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
from service.series.parts import Folder, Options, Parts, WholeBody
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
    return received(arriving)


async def receive_pair(request: Request, folder: Path, limits: Limits) -> tuple[dict[str, Received], bytes]:
    """Stream the parts `fixed` and `moving`, any number of files each, into folders of these names; and what the part
    `request` holds. Raises ServiceError."""
    if int(request.headers.get("content-length", "0")) > limits.upload_bytes:
        raise too_large(limits)
    _, options = parse_options_header(request.headers.get("content-type", ""))
    folders = {name: new_folder(folder / name, limits.upload_files) for name in ("fixed", "moving")}
    rest = new_folder(folder / "request", 1)
    places = {name.encode(): place for name, place in (folders | {"request": rest}).items()}
    body = Parts(options.get(b"boundary", b""), lambda part: places.get(part.get(b"name", b"")))
    try:
        await _stream(request, body, limits)
        body.finish()
    finally:
        for place in places.values():
            place.close()
    if missing := [name for name, place in folders.items() if not place.files]:
        raise ServiceError("upload-missing", f"The body holds no part called {' and none called '.join(missing)}.")
    if sum(file.size for file in rest.files) > limits.request_bytes:
        raise ServiceError("body-too-large", f"The part `request` may hold {limits.request_bytes} bytes.")
    return {name: received(place) for name, place in folders.items()}, b"".join(f.path.read_bytes() for f in rest.files)


def new_folder(folder: Path, most: int) -> Folder:
    """An empty folder for parts."""
    folder.mkdir()
    return Folder(folder, most=most)


def received(folder: Folder) -> Received:
    """The files that have arrived in a folder."""
    digest = digest_of(file.digest.hexdigest() for file in folder.files)
    return Received(tuple(file.path for file in folder.files), digest, sum(file.size for file in folder.files))


def body_reader(content_type: str, folder: Folder) -> Parts | WholeBody:
    """What takes a body of this media type apart."""
    kind, options = parse_options_header(content_type)
    if kind == b"multipart/related" and options.get(b"boundary"):
        return Parts(options[b"boundary"], lambda _: folder)
    if kind == b"multipart/form-data" and options.get(b"boundary"):
        return Parts(options[b"boundary"], lambda part: folder if is_file(part) else None)
    if kind.decode("latin-1") in SINGLE:
        return WholeBody(folder)
    expected = f"multipart/form-data, multipart/related or one file as {', '.join(SINGLE)}"
    raise ServiceError(
        "media-type-unsupported", f"Expected {expected}, got {kind.decode('latin-1')[:80] or 'nothing'}."
    )


def is_file(part: Options) -> bool:
    """Whether a part of a form is one of its files."""
    return b"filename" in part or part.get(b"name") == b"files"


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
