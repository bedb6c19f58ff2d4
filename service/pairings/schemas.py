"""What a client sends to have series paired, and what it reads."""

from __future__ import annotations

from pydantic import ConfigDict, Field, JsonValue

from registration.pairing import Flag
from registration.pairing.ranking import MARGIN
from service.registrations.references import SeriesReference
from service.schemas import Body

EXAMPLE: dict[str, JsonValue] = {
    "fixed": {"study": "1.2.840.113619.2.1"},
    "moving": {"study": "1.2.840.113619.2.2", "pacs": "archive"},
}


class PairingIn(Body):
    """Two studies; the same one twice where it holds both scans. With `series`, that side is settled already."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    fixed: SeriesReference
    moving: SeriesReference


class SideOut(Body):
    """A series: how `POST /v1/registrations` takes it, and what it was judged by."""

    named: str | SeriesReference = Field(description="Series id of an upload, or where the series lies in a PACS")
    series: str = Field(description="SeriesInstanceUID")
    modality: str | None
    slices: int | None
    thickness_mm: float | None
    plane: str | None
    kernel: str | None
    contrast: bool | None


class CandidateOut(Body):
    """Two series that could be registered."""

    fixed: SideOut
    moving: SideOut
    score: float = Field(ge=0, le=1, description="The product of what every reason leaves; 1: nothing against it")
    reasons_for: list[str]
    reasons_against: list[str]
    flags: list[Flag] = Field(description="What `confirm` of `POST /v1/registrations` has to name")


class LeftOutOut(Body):
    """A series that cannot be registered."""

    series: str = Field(description="SeriesInstanceUID")
    reason: str


class PairingOut(Body):
    """Candidates, best first."""

    candidates: list[CandidateOut]
    candidates_in_all: int
    ambiguous: bool = Field(
        description=f"Whether the second candidate has more than {1 - MARGIN:.0%} of the score of the first:"
        " then `POST /v1/registrations` of the two studies is refused"
    )
    left_out: list[LeftOutOut]
    notice: str = "Research use only. Not a medical device."
