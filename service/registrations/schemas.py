"""What a client sends to start a registration, and what it reads about one."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from jobs.model import JobState
from registration.keypoints.names import DEFAULT_DETECTOR, MAX_KEYPOINTS, MIN_KEYPOINTS, DetectorName
from registration.pairing import Flag
from service.registrations.references import MaskReference, SeriesReference
from service.schemas import Body, CorrespondenceIn


class Masks(Body):
    """Masks, each on its scan's grid: series ids, or where they lie."""

    fixed: str | MaskReference | None = None
    moving: str | MaskReference | None = None


class Keypoints(Body):
    """How the points are found that are then matched between the scans."""

    detector: DetectorName = Field(
        default=DEFAULT_DETECTOR,
        description="`disk` and `superpoint` need weights that the operator has put in place; without them the job"
        " fails with `weights-missing`",
    )
    max: int | None = Field(
        default=None,
        ge=MIN_KEYPOINTS,
        le=MAX_KEYPOINTS,
        description="Most keypoints of each scan; by default as many as suit its size",
    )


EXAMPLE: dict[str, JsonValue] = {
    "fixed": "5f2b9c0d7e8a41f36b7c8d9e0f1a2b3c",
    "moving": "c5cbc099a55384726c771831cb0e7c68",
    "preset": "thorax",
    "keypoints": {"detector": "sift", "max": 1024},
    "correspondences": [{"id": "carina", "fixed": [-4.5, -180.0, 812.2], "moving": [-8.1, -191.4, 845.9]}],
}


class RegistrationIn(Body):
    """Two series to register; the field will map points of `fixed` to points of `moving`."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    fixed: str | SeriesReference = Field(description="The fixed scan: series id, or where it lies")
    moving: str | SeriesReference = Field(description="The moving scan: series id, or where it lies")
    confirm: list[Flag] = Field(
        default=[],
        max_length=len(Flag),
        description="What you know of the pair and mean: without, scans of different patients are refused, and of a"
        " pair that was chosen from studies every flag that `POST /v1/pairings` tells",
    )
    preset: Literal["auto", "thorax", "abdomen"] = "auto"
    keypoints: Keypoints = Keypoints()
    finish: bool = Field(
        default=True, description="Whether the kernel's field is moved on to where the scans look alike everywhere"
    )
    masks: Masks = Masks()
    field: str | None = Field(
        default=None,
        description="Series id of a displacement field that another tool computed, fixed to moving: it is taken over,"
        " nothing is registered, and of its error nothing is known",
    )
    correspondences: list[CorrespondenceIn] = Field(
        default=[], description="Known from the start; they become revision 1"
    )

    @model_validator(mode="after")
    def _nothing_to_choose(self) -> Self:
        chosen = sorted({"preset", "keypoints", "finish", "masks"} & self.model_fields_set)
        if self.field is not None and chosen:
            raise ValueError(f"with a field nothing is registered, so leave out {', '.join(chosen)}")
        return self


class RegistrationOut(Body):
    """A registration: where it stands, and once it has succeeded how good it is and where its products are."""

    id: str
    state: JobState
    stage: str | None = Field(description="What the worker is doing: pre-alignment, features, keypoints, ...")
    progress: float = Field(ge=0, le=1)
    created_at: str
    started_at: str | None
    finished_at: str | None
    attempts: int = Field(description="More than one when a worker died and another took the job up")
    request: dict[str, Any]
    revision: int | None = Field(description="Counts the edits of the correction set; the ETag names it")
    model: dict[str, str] | None
    qa: dict[str, Any]
    timings_s: dict[str, float]
    error: dict[str, Any] | None
    notices: list[str] = Field(description="What to know of the two scans, such as different frames of reference")
    links: dict[str, str]
    notice: str = "Research use only. Not a medical device."


class RegistrationList(Body):
    """Newest first; `next` leads to older ones."""

    items: list[RegistrationOut]
    next: str | None
