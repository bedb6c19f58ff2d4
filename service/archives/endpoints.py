"""GET /v1/pacs: the configured archives by name, never by address."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from jobs.messages import QueueName
from jobs.ports import ARCHIVE
from service.auth import Owner
from service.openapi_parts import problems
from service.schemas import Body
from service.state import AppState

router = APIRouter(prefix="/v1/pacs", tags=["archives"])


class ArchiveOut(Body):
    """One archive."""

    name: str = Field(description="What `pacs` names in a request")
    fetch: bool = Field(description="Whether series can be fetched from it")
    export: list[str] = Field(description="How objects can be sent to it, the usual way first: stow, c-store")
    answers: bool | None = Field(description="Whether it answered when it was last asked; null: not known")
    code: str | None = Field(description="Why it does not answer")


class ArchiveList(Body):
    """Every configured archive."""

    items: list[ArchiveOut]


@router.get("", responses=problems())
def list_archives(state: AppState, owner: Owner) -> ArchiveList:
    """The archives that requests can name. The worker for transfers asks each of them twice a minute."""
    told = state.ports.presence.alive(QueueName.TRANSFER) or {}
    archives = state.settings.archives.open_to(owner).named
    words = {name: told.get(f"{ARCHIVE}{name}") for name in archives}
    return ArchiveList(
        items=[
            ArchiveOut(
                name=name,
                fetch=bool(archive.dicomweb),
                export=list(archive.ways_in),
                answers=None if words[name] is None else words[name] == "ok",
                code=words[name] if words[name] not in (None, "ok") else None,
            )
            for name, archive in sorted(archives.items())
        ]
    )
