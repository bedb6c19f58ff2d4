"""A product of a revision becomes a file in the artefact store, where the service finds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.errors import JobError
from jobs.messages import Correct, Render
from jobs.ports import Kind, Ports
from jobs.products import FIELD_FORMATS, PRODUCTS, Box, Product, rendered
from jobs.revisions import tagged
from registration import geometry
from registration.products.blocks import cropped
from registration.products.catalogue import PRODUCTS as WRITERS
from registration.products.displacement_field import Format, write_field
from registration.products.outcome import Outcome
from worker.results import OpenResult, OpenResults

LEARN2REG = "npz"
WRITTEN_AS: dict[str, Format] = {
    "mha": "mha",
    "nrrd": "nrrd",
    "nifti": "nifti",
    "h5": "transform",
    LEARN2REG: "learn2reg",
}
"""What the field writer calls the formats of the service."""
assert set(WRITTEN_AS) == set(FIELD_FORMATS)


def render(request: Render, ports: Ports, results: OpenResults) -> dict[str, Any]:
    """Write one product of a revision, or one block of its field; where it lies in the registration's folder.

    A client that did not get its answer in time asks again: what the first request wrote is not written twice.
    """
    record = ports.jobs.get(request.job_id)
    revision, product = tagged(record, request.tag), PRODUCTS[request.product]
    place = rendered(product, request.tag, record.revisions[0].tag, request.box)
    if ports.artefacts.file(Kind.REGISTRATION, request.job_id, place):
        return {"file": place}
    result = results.at(record, revision)
    return {"file": keep(request.job_id, place, product, result, request.box, ports)}


def render_block(request: Correct, answer: dict[str, Any], result: OpenResult, ports: Ports) -> str:
    """The block that an edit changed, in the format that the client asked for."""
    product = PRODUCTS[f"field.{request.block_format}"]
    box: Box = tuple(answer["box"]["start"]), tuple(answer["box"]["stop"])
    return keep(request.job_id, rendered(product, answer["tag"], "", box), product, result, box, ports)


def keep(job_id: str, place: str, product: Product, result: OpenResult, box: Box | None, ports: Ports) -> str:
    """Write the product aside, then move it into place."""
    with ports.artefacts.staging() as staged:
        path = staged / product.file
        if box is None:
            WRITERS[product.file](Outcome(result.stored, result.corrections, result.field), path)
        else:
            write_block(result, box, product.format, path)
        ports.artefacts.place(Kind.REGISTRATION, job_id, place, path)
    return place


def write_block(result: OpenResult, box: Box, format: str, path: Path) -> None:
    """One block of the field on its own grid. Raises `box-outside-field`."""
    size = result.field.grid.size
    wanted = geometry.Box(*box)
    if wanted.empty or any(stop > n for stop, n in zip(wanted.stop, size, strict=True)):
        raise JobError(
            "box-outside-field", f"The box {box} holds no voxel, or leaves the field of {size} voxels (x, y, z)."
        )
    block = cropped(result.field, wanted)
    moving = result.stored.moving.grid
    write_field(block, path, format=WRITTEN_AS[format], moving_grid=moving, offset=wanted.start)
