"""What a client sends to change the correction set, and what it reads about the change."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from service.schemas import Body, CorrespondenceIn

EXAMPLE: dict[str, JsonValue] = {
    "set": [{"id": "vessel-7", "fixed": [-42.5, -150.0, 790.0], "moving": [-45.2, -160.3, 824.1]}],
    "remove": ["vessel-3"],
}


class CorrectionsIn(Body):
    """Adds and moves by id, and removes. Either may be absent."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    set: list[CorrespondenceIn] = Field(default=[])
    remove: list[str] = Field(default=[], description="Ids")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.set and not self.remove:
            raise ValueError("name at least one correspondence to set or to remove")
        return self


class BoxOut(BaseModel):
    """Voxels of the field's grid, (x, y, z): `start` in, `stop` out."""

    start: tuple[int, int, int]
    stop: tuple[int, int, int]


class ResidualOut(BaseModel):
    """Distance in mm between where the field maps a click and where it should."""

    id: str
    before: float
    after: float


class CorrectionOut(BaseModel):
    """What an edit did: outside `box` no voxel of the field changed by a bit."""

    revision: int
    box: BoxOut
    residuals: list[ResidualOut] = Field(description="Of every correspondence now in the set")
    folds: int = Field(description="Voxels of the box with a Jacobian at or below 0")
    relaxed: list[str] = Field(description="Clicks met only in part, because meeting them would fold the field")
    radii_mm: dict[str, float]
    field: str = Field(description="Where the changed block of the field can be fetched")


class CorrespondencesOut(BaseModel):
    """The correction set of a revision."""

    revision: int
    correspondences: list[CorrespondenceIn]


class RevisionOut(BaseModel):
    """One state of the correction set: who changed what, when."""

    revision: int
    etag: str
    created_at: str
    by: str
    action: str
    changed: list[str]
    removed: list[str]
    restored_from: int | None
    correspondences: int


class RevisionList(BaseModel):
    """Oldest first."""

    items: list[RevisionOut]
