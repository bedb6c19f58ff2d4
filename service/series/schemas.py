"""What a client reads about a series."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class SeriesOut(BaseModel):
    """A scan that was read completely. Same bytes, same id."""

    id: str = Field(examples=["5f2b9c0d7e8a41f36b7c8d9e0f1a2b3c"])
    created_at: str
    files: int
    bytes: int
    report: dict[str, Any] = Field(
        description="How the scan was read: size (x, y, z), spacing_mm, origin_mm, direction (LPS), slice gaps, tilt,"
        " files that were dropped and why"
    )
    links: dict[str, str]
    notice: str = "Research use only. Not a medical device."
