"""What travels between service and worker: identifiers and small numbers, never pixels."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from jobs.model import Correspondence, Failure, JobRecord
from jobs.warps import Format, Holds


class QueueName(StrEnum):
    """The queues, a worker each: a click waits neither behind a registration nor behind a picture, and none of them
    behind an archive. What goes to and comes from archives has a worker where archives are configured."""

    REGISTER = "register"
    REFINE = "refine"
    RENDER = "render"
    TRANSFER = "transfer"


class Direction(StrEnum):
    """Which way points travel."""

    FIXED_TO_MOVING = "fixed-to-moving"
    MOVING_TO_FIXED = "moving-to-fixed"


class Message(BaseModel):
    """Base of all requests; each names its registration."""

    model_config = ConfigDict(frozen=True)
    job_id: str


class Correct(Message):
    """Change the correction set, provided that `tag` is still the current revision."""

    kind: Literal["correct"] = "correct"
    tag: str
    by: str
    set: tuple[Correspondence, ...] = ()
    remove: tuple[str, ...] = ()
    block_format: str | None = None


class Restore(Message):
    """Make a new revision with the set of revision `number`, provided that `tag` is still the current one."""

    kind: Literal["restore"] = "restore"
    tag: str
    by: str
    number: int


class MapPoints(Message):
    """Map points (N, 3) LPS mm by the field of the revision `tag`."""

    kind: Literal["map-points"] = "map-points"
    tag: str
    points: tuple[tuple[float, float, float], ...]
    direction: Direction = Direction.FIXED_TO_MOVING


class Render(Message):
    """Write one product of the revision `tag`; `box` (start and stop, voxels, x y z) cuts a block out of the field.

    spacing_mm: how far apart the points of the field's DICOM object lie.
    """

    kind: Literal["render"] = "render"
    tag: str
    product: str
    box: tuple[tuple[int, int, int], tuple[int, int, int]] | None = None
    spacing_mm: float | None = None


class Warp(Message):
    """Warp another volume of the moving frame, the series, by the field of the revision `tag`."""

    kind: Literal["warp"] = "warp"
    tag: str
    series: str
    holds: Holds
    format: Format


class Evaluate(Message):
    """Hold the field of the revision `tag` against points (N, 3) LPS mm and organs: series of both scans by name."""

    kind: Literal["evaluate"] = "evaluate"
    tag: str
    fixed: tuple[tuple[float, float, float], ...]
    moving: tuple[tuple[float, float, float], ...]
    organs: dict[str, tuple[str, str]]


class Drawn(BaseModel):
    """A mask series on one of the scans."""

    model_config = ConfigDict(frozen=True)
    scan: Literal["fixed", "moving"]
    mask: str


class Margin(Message):
    """Measure the margin of a tumour by the field of the revision `tag`; `page`: write the report too."""

    kind: Literal["margin"] = "margin"
    tag: str
    tumour: Drawn
    ablation: Drawn
    organ: Drawn | None = None
    capsule_mm: float
    page: bool = False


class Forget(Message):
    """Drop what the worker remembers of a purged registration."""

    kind: Literal["forget"] = "forget"


Request = Annotated[
    Correct | Restore | MapPoints | Render | Warp | Evaluate | Margin | Forget, Field(discriminator="kind")
]
REQUEST: TypeAdapter[Request] = TypeAdapter(Request)


def queue_of(record: JobRecord) -> QueueName:
    """Where the next step of a job is taken: its scans are fetched before they are registered, results exported after
    that."""
    return QueueName.TRANSFER if record.finished or record.request.awaited() else QueueName.REGISTER


def served(archives: bool) -> tuple[QueueName, ...]:
    """The queues that have a worker."""
    return tuple(queue for queue in QueueName if archives or queue is not QueueName.TRANSFER)


def queues_of(request: Request) -> tuple[QueueName, ...]:
    """Where a request goes: what renders apart from what a click waits for; what is to be forgotten to both."""
    if isinstance(request, Forget):
        return QueueName.REFINE, QueueName.RENDER
    return (QueueName.RENDER if isinstance(request, Render | Warp | Evaluate | Margin) else QueueName.REFINE,)


class Reply(BaseModel):
    """The worker's answer: a JSON-ready value, or why there is none."""

    value: dict[str, Any] = {}
    error: Failure | None = None
