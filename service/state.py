"""What endpoints need from the application, as typed dependencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

import anyio
from fastapi import Depends, Request

from jobs.ports import Ports
from service.settings import Settings


@dataclass(frozen=True)
class State:
    """Settings, ports and the gate that bounds uploads at the same time; one per application."""

    settings: Settings
    ports: Ports
    uploads: anyio.CapacityLimiter


def state_of(request: Request) -> State:
    """The state that `create_app` put into the application."""
    return cast(State, request.app.state.kernelreg)


AppState = Annotated[State, Depends(state_of)]
