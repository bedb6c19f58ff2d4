"""What a client sends to have a volume warped, and what it reads about it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from jobs.warps import Format, Holds
from service.schemas import Body

EXAMPLE: dict[str, JsonValue] = {"series": "c5cbc099a55384726c771831cb0e7c68", "kind": "labels", "format": "nifti"}


class WarpIn(Body):
    """An uploaded volume in the moving scan's frame of reference; its grid may be any."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    series: str = Field(description="Series id of the volume")
    kind: Holds = Field(
        default="intensity",
        description="Intensities are interpolated linearly; of labels, whole numbers, each point takes the one that"
        " weighs most there",
    )
    format: Format = Field(
        default="nifti", description="dicom is a Segmentation of labels, and a zip of a derived series of intensities"
    )


class LabelOut(BaseModel):
    """What became of one label."""

    label: int
    before_ml: float = Field(description="In the volume")
    after_ml: float = Field(description="On the fixed scan's grid")
    left_percent: float = Field(description="Of the label, how much lies where the fixed scan does not reach")


class WarpOut(BaseModel):
    """The figures of a warped volume; the same call without `Accept: application/json` gives the volume itself."""

    revision: int
    series: str
    kind: Holds
    outside_percent: float = Field(description="Of the fixed scan, where the volume has nothing to show")
    labels: list[LabelOut] | None = Field(description="Of labels only")
    notes: list[str]
