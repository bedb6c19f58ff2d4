"""A product of a revision becomes a file in the artefact store, where the service finds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jobs.errors import JobError
from jobs.messages import Correct, Render
from jobs.ports import Kind, Ports
from jobs.products import BLOCKS, PRODUCTS, Box, Product, rendered
from jobs.revisions import tagged
from registration import geometry
from registration.products.blocks import cropped
from registration.products.catalogue import PRODUCTS as WRITERS
from registration.products.dicom.files import write_object_file
from registration.products.displacement_field import Format, write_field
from worker.results import OpenResult, OpenResults
from worker.stamps import stamp_at

LEARN2REG = "npz"
WRITTEN_AS: dict[str, Format] = {
    "mha": "mha",
    "nrrd": "nrrd",
    "nifti": "nifti",
    "h5": "transform",
    LEARN2REG: "learn2reg",
}
"""What the field writer calls the formats of the service."""
assert set(WRITTEN_AS) == {product.format for product in BLOCKS}


def render(request: Render, ports: Ports, results: OpenResults) -> dict[str, Any]:
    """Write one product of a revision, or one block of its field; where it lies in the registration's folder.

    A client that did not get its answer in time asks again: what the first request wrote is not written twice.
    """
    record = ports.jobs.get(request.job_id)
    revision, product = tagged(record, request.tag), PRODUCTS[request.product]
    place = rendered(product, request.tag, record.revisions[0].tag, request.box, request.spacing_mm)
    if ports.artefacts.file(Kind.REGISTRATION, request.job_id, place):
        return {"file": place}
    result, stamp = results.at(record, revision), stamp_at(record, revision)

    def write(path: Path) -> None:
        if product.object:
            write_object_file(result.outcome, stamp, product.object, path, spacing_mm=request.spacing_mm)
        elif request.box:
            write_block(result, request.box, product.format, path)
        else:
            WRITERS[product.file](result.outcome, path)

    keep(request.job_id, place, product, write, ports)
    return {"file": place}


def render_block(request: Correct, answer: dict[str, Any], result: OpenResult, ports: Ports) -> str:
    """The block that an edit changed, in the format that the client asked for."""
    product = PRODUCTS[f"field.{request.block_format}"]
    box: Box = tuple(answer["box"]["start"]), tuple(answer["box"]["stop"])
    place = rendered(product, answer["tag"], "", box)
    keep(request.job_id, place, product, lambda path: write_block(result, box, product.format, path), ports)
    return place


def keep(job_id: str, place: str, product: Product, write: Callable[[Path], None], ports: Ports) -> None:
    """Write the product aside, then move it into place."""
    with ports.artefacts.staging() as staged:
        path = staged / product.file
        write(path)
        ports.artefacts.place(Kind.REGISTRATION, job_id, place, path)


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
