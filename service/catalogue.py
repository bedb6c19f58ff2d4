"""/v1/models and /problems: what computes here, and what every error code means."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from jobs.messages import QueueName
from service.auth import AuthorisedOnly
from service.errors import STATUS, TITLES, ServiceError
from service.openapi_parts import problems
from service.state import AppState

router = APIRouter()


class ModelOut(BaseModel):
    """A model that registrations are computed with."""

    name: str
    version: str
    weights_sha256: str


class ModelList(BaseModel):
    """Everything installed."""

    items: list[ModelOut]


class CodeOut(BaseModel):
    """One error code."""

    code: str
    title: str
    status: int


@router.get("/v1/models", tags=["operation"], responses=problems(), dependencies=[AuthorisedOnly])
def list_models(state: AppState) -> ModelList:
    """Which model the workers compute with now, in which version, with which weights."""
    model = state.ports.presence.alive(QueueName.REGISTER)
    return ModelList(items=[ModelOut(**model)] if model else [])


@router.get("/problems/{code}", tags=["operation"])
def explain_problem(code: str) -> CodeOut:
    """What an error code means; the `type` of every problem document leads here."""
    if code not in TITLES:
        raise ServiceError("path-not-found", "There is no error of this code.")
    return CodeOut(code=code, title=TITLES[code], status=STATUS[code])
