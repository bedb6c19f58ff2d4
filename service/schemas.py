"""Points and correspondences as clients send them; every number finite, or the code says so."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from jobs.model import Correspondence


def finite(point: tuple[float, float, float]) -> tuple[float, float, float]:
    """The point, unless a coordinate is NaN or infinite."""
    if not all(math.isfinite(v) for v in point):
        raise PydanticCustomError("point-not-finite", "coordinates must be finite numbers")
    return point


Point = Annotated[
    tuple[float, float, float],
    AfterValidator(finite),
    Field(description="[x, y, z] in LPS millimetres", examples=[[-42.5, 10.0, 812.25]]),
]


class Body(BaseModel):
    """Base of request bodies: an unknown member is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CorrespondenceIn(Body):
    """The tissue at `fixed` in the fixed scan lies at `moving` in the moving scan."""

    id: str = Field(
        min_length=1,
        max_length=100,
        description="Chosen by the client; the same id again moves the point",
        examples=["vessel-7"],
    )
    fixed: Point
    moving: Point

    def kept(self) -> Correspondence:
        """As the agreement has it."""
        return Correspondence(id=self.id, fixed=self.fixed, moving=self.moving)
