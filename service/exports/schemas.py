"""What a client sends to have results exported, and what it reads about that."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, JsonValue

from jobs.exports import USUAL, ObjectName
from jobs.model import ExportState
from service.registrations.references import PacsName
from service.schemas import Body

Way = Literal["stow", "c-store"]
EXAMPLE: dict[str, JsonValue] = {"pacs": "archive", "objects": ["registration", "warped"], "via": "stow"}


class ExportIn(Body):
    """Which objects of which revision go where."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    pacs: PacsName
    objects: list[ObjectName] = Field(default=list(USUAL), min_length=1, max_length=20)
    via: Way | None = Field(default=None, description="By default STOW-RS where the archive is configured for it")
    revision: int | None = Field(default=None, ge=0, description="By default the current one")


class InstanceOut(Body):
    """What became of one instance."""

    object: str
    sop_class: str
    sop_instance: str
    status: Literal["stored", "already", "failed"]
    reason: str | None = Field(
        description="The archive's failure reason or status (PS3.7 C, PS3.4 B.2.3; hexadecimal), or the code of what"
        " was in the way"
    )


class ExportOut(Body):
    """An export: where it stands, and what became of each instance so far."""

    id: str
    state: ExportState
    pacs: str
    via: str
    objects: list[str]
    revision: int
    attempts: int
    created_at: str
    started_at: str | None
    finished_at: str | None
    stored: int
    already: int = Field(description="Instances that the archive had before")
    failed: int
    instances: list[InstanceOut]
    error: dict[str, Any] | None
    links: dict[str, str]
    notice: str = "Research use only. Not a medical device."


class ExportList(Body):
    """Every export of a registration, in the order of their start; without their instances."""

    items: list[ExportOut]
