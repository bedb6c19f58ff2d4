"""What a client knows of a pair, and what it reads about a registration held against that."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from service.schemas import Body, Point

EXAMPLE: dict[str, JsonValue] = {
    "landmarks": {"fixed": [[-42.5, -150.0, 790.0]], "moving": [[-44.1, -152.3, 801.5]]},
    "organs": {"liver": {"fixed": "5f2b9c0d7e8a41f36b7c8d9e0f1a2b3c", "moving": "c5cbc099a55384726c771831cb0e7c68"}},
}
MOST_ORGANS = 50


class Landmarks(Body):
    """Corresponding points of both scans, LPS millimetres, row by row."""

    fixed: list[Point] = Field(min_length=1)
    moving: list[Point] = Field(min_length=1)

    @model_validator(mode="after")
    def _correspond(self) -> Self:
        if len(self.fixed) != len(self.moving):
            raise ValueError(f"points correspond row by row: {len(self.fixed)} fixed, {len(self.moving)} moving")
        return self


class Organ(Body):
    """Masks or label maps of one organ, or of several: series ids, each on its scan's grid."""

    fixed: str
    moving: str


class EvaluationIn(Body):
    """What is known of the pair: landmarks, organs or both.

    Landmarks alone are quick; with organs the whole field is measured, smoothness and likeness inside them as well.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    landmarks: Landmarks | None = None
    organs: dict[str, Organ] = Field(default={}, max_length=MOST_ORGANS)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.landmarks is None and not self.organs:
            raise ValueError("landmarks or organs are needed")
        return self


class EvaluationOut(BaseModel):
    """Figures by name, as docs/evaluation.md defines them; for those that have no value, why."""

    revision: int
    figures: dict[str, float] = Field(description="`tre_mm`, `tre30_mm`, `dice liver`, `hd95_mm liver`, ...")
    undefined: dict[str, str] = Field(description="Figures without a value, and the reason")
    errors_before_mm: list[float] = Field(description="Of every landmark, without registration")
    errors_mm: list[float] = Field(description="Of every landmark, by the field")
