"""A scan that is named by where it lies: a series of a study, uploaded here or kept in a configured PACS."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.schemas import Body

Uid = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[0-9]+(\.[0-9]+)*$", examples=["1.2.840.113619.2.1"])
]
PacsName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", examples=["archive"])]


class StudyReference(Body):
    """A study: of a configured PACS by its name, or among your uploads where none is named."""

    study: Uid = Field(description="StudyInstanceUID")
    pacs: PacsName | None = Field(default=None, description="Name of a configured PACS; without it, your uploads")


class SeriesReference(StudyReference):
    """A series of a study. Without `series` the pair is chosen among the series of both studies, if that is clear."""

    series: Uid | None = Field(default=None, description="SeriesInstanceUID")


class MaskReference(SeriesReference):
    """A series of a study that holds a mask; it is never chosen."""

    series: Uid = Field(description="SeriesInstanceUID")
