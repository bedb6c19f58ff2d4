"""POST /v1/pairings: which series of two studies to register to which."""

from __future__ import annotations

from fastapi import APIRouter

from service.auth import Owner
from service.openapi_parts import problems
from service.pairings import service
from service.pairings.schemas import PairingIn, PairingOut
from service.state import AppState

router = APIRouter(prefix="/v1/pairings", tags=["registrations"])


@router.post(
    "",
    responses=problems(
        "body-unreadable", "validation-failed", "body-too-large", "study-not-found", "series-not-found",
        "pacs-unknown", "pacs-unreachable", "pacs-refused", "pacs-answer-invalid", "pacs-cannot",
    ),
)  # fmt: skip
def pair_studies(body: PairingIn, state: AppState, owner: Owner) -> PairingOut:
    """Rank the pairs of series of two studies: thin, axial, original ones of one phase and kernel first.

    `POST /v1/registrations` takes the two studies as well, and starts the first candidate where it is
    clear; this call starts nothing."""
    archives = state.settings.archives.open_to(owner)
    return service.shown(service.paired(state.ports, owner, archives, body.fixed, body.moving))
