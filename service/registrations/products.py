"""/v1/registrations/ID/field and the other products: chosen by `?format=` or `Accept`, rendered once, then a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from jobs.errors import NotFoundError
from jobs.messages import Render
from jobs.model import JobRecord
from jobs.ports import Kind
from jobs.products import Box, Product, of_resource, rendered
from jobs.revisions import numbered, require_result
from service.auth import Owner
from service.errors import ServiceError
from service.headers import Wait, etag
from service.openapi_parts import Responses, problems
from service.registrations.service import find
from service.state import AppState, State
from service.workers import require

FINEST_MM, COARSEST_MM = 0.1, 100.0
"""What spacing a client may ask of a field."""
router = APIRouter(prefix="/v1/registrations/{job_id}", tags=["products"])
PROBLEMS = problems(
    "registration-not-found", "registration-not-finished", "registration-failed", "revision-not-found",
    "not-acceptable", "validation-failed", "box-outside-field", "worker-busy", "no-dicom-source", "field-too-large",
)  # fmt: skip


class BigFile(FileResponse):
    """A file sent in pieces of a megabyte; Range works. A file that was purged meanwhile is `revision-not-found`."""

    chunk_size = 1 << 20

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except RuntimeError:
            if Path(self.path).is_file():
                raise
            raise gone() from None


@dataclass(frozen=True)
class Asked:
    """One client's wish for a product: of which registration, in which form, of which revision, how urgently."""

    state: State
    record: JobRecord
    wait_s: float
    accept: str
    format: str | None
    revision: int | None
    known: str


def asked(
    job_id: str,
    request: Request,
    state: AppState,
    owner: Owner,
    wait: Wait,
    accept: Annotated[str, Header()] = "*/*",
    format: Annotated[str | None, Query(description="Overrides Accept")] = None,
    revision: Annotated[int | None, Query(ge=0, description="Another revision than the current one")] = None,
) -> Asked:
    """What every product's path has in common."""
    known = request.headers.get("if-none-match", "")
    return Asked(state, find(state.ports, owner, job_id), wait, accept, format, revision, known)


Wish = Annotated[Asked, Depends(asked)]


def content(resource: str) -> Responses:
    """The media types of a resource, for the OpenAPI description."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    return PROBLEMS | {200: {"content": {product.media_type: binary for product in of_resource(resource)}}}


@router.get("/field", response_class=Response, responses=content("field"))
def fetch_field(
    wish: Wish,
    box: Annotated[str | None, Query(description="x0,y0,z0,x1,y1,z1: voxels from start to before stop")] = None,
    spacing: Annotated[
        float | None, Query(ge=FINEST_MM, le=COARSEST_MM, description="mm between the points of the DICOM object")
    ] = None,
) -> Response:
    """The displacement field on the fixed grid, fixed -> moving, LPS mm: `moving_point = x + d(x)`.

    NIfTI carries intent 1006 and RAS components, h5 is an ITK transform, npz is Learn2Reg's convention (voxels), dicom
    a Deformable Spatial Registration: whole, on the fixed grid or the finest that fits into 64 MiB, or as `spacing`
    says. ETag names the revision.
    """
    product = choose("field", wish.format, wish.accept)
    if (box and product.object) or (spacing and not product.object):
        raise ServiceError("validation-failed", "box is for every format but dicom, spacing for dicom alone.")
    return sent(wish, product, parsed_box(box) if box else None, spacing)


def fetching(resource: str) -> Callable[[Asked], Response]:
    """The endpoint of a resource that has no options of its own."""

    def fetch(wish: Wish) -> Response:
        return sent(wish, choose(resource, wish.format, wish.accept))

    return fetch


SUMMARIES = {
    "fixed-scan": "The fixed scan as it was registered, on its own grid.",
    "moving-scan": "The moving scan as it was registered, on its own grid.",
    "pre-alignment": "The matrix that the field starts from, fixed -> moving; dicom is a Spatial Registration.",
    "warped": "The moving scan on the fixed grid, pulled through the field; dicom is a zip of a derived series.",
    "confidence": "How sure the field is, 0 to 1, on the fixed grid; before corrections.",
    "error": "The expected error of the field in mm, on the fixed grid; before corrections.",
    "bound": "What the error stays below nine times in ten, in mm, on the fixed grid; before corrections.",
    "attention": "The standard deviation of the kernel's attention scores, on the fixed grid; before corrections.",
    "jacobian": "The determinant of the Jacobian of x + d(x): local change of volume, folds at or below 0.",
    "keypoints": "The matched keypoints with their confidence, and the corrections; LPS mm.",
    "preview.png": "Fixed, moving, warped and differences before and after, with keypoints and field.",
    "report": "Every figure that a reader needs to trust or doubt the result.",
}
for _resource, _description in SUMMARIES.items():
    router.add_api_route(
        f"/{_resource}",
        fetching(_resource),
        response_class=Response,
        responses=content(_resource),
        name=f"fetch_{_resource.removesuffix('.png').replace('-', '_')}",
        description=_description,
    )


def choose(resource: str, format: str | None, accept: str) -> Product:
    """The form of a resource that the client wants; raises `not-acceptable`."""
    forms = of_resource(resource)
    if format is not None:
        wanted = [form for form in forms if form.format == format]
    else:
        ranges = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
        wanted = [form for one in ranges for form in forms if matches(one, form.media_type)]
    if not wanted:
        have = ", ".join(f"{form.format} ({form.media_type})" for form in forms)
        raise ServiceError("not-acceptable", f"{resource} comes as {have}.")
    return wanted[0]


def matches(media_range: str, media_type: str) -> bool:
    """Whether a range of the Accept header admits a media type."""
    return media_range in ("*/*", media_type, media_type.partition("/")[0] + "/*")


def parsed_box(text: str) -> Box:
    """Six voxel indices -> start and stop; raises `validation-failed`."""
    parts = text.split(",")
    if len(parts) != 6 or not all(part.isascii() and part.isdecimal() and len(part) < 8 for part in parts):
        raise ServiceError("validation-failed", "box is x0,y0,z0,x1,y1,z1: six voxel indices, start in, stop out.")
    x0, y0, z0, x1, y1, z1 = (int(part) for part in parts)
    return (x0, y0, z0), (x1, y1, z1)


def sent(wish: Asked, product: Product, box: Box | None = None, spacing_mm: float | None = None) -> Response:
    """The product as a file of the artefact store; the worker renders it when nobody asked before."""
    record = wish.record
    revision = require_result(record) if wish.revision is None else numbered(record, wish.revision)
    tag = etag(revision.tag if product.revised else record.revisions[0].tag)
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept", "X-Revision": str(revision.number)}
    if tag in wish.known:
        return Response(status_code=304, headers=headers)
    place = rendered(product, revision.tag, record.revisions[0].tag, box, spacing_mm)
    path = wish.state.ports.artefacts.file(Kind.REGISTRATION, record.id, place)
    if path is None:
        name = f"{product.resource}.{product.format}"
        wanted = Render(job_id=record.id, tag=revision.tag, product=name, box=box, spacing_mm=spacing_mm)
        require(wish.state, wanted, wish.wait_s)
        path = kept_file(wish.state, record.id, place)
    return BigFile(path, headers=headers, media_type=product.media_type, filename=product.file)


def kept_file(state: State, job_id: str, place: str) -> Path:
    """What a worker has just written; raises `revision-not-found` when it is gone already."""
    path = state.ports.artefacts.file(Kind.REGISTRATION, job_id, place)
    if path is None:
        raise gone()
    return path


def gone() -> NotFoundError:
    """A file that disappeared between two looks."""
    return NotFoundError("revision-not-found", "The revision was replaced or purged meanwhile.")
