"""The gate before uploads: so many at the same time, whatever they bring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from service.errors import ServiceError
from service.state import State


@contextmanager
def admitted(state: State) -> Iterator[None]:
    """One of the few uploads at the same time; raises `uploads-busy`."""
    try:
        state.uploads.acquire_nowait()
    except anyio.WouldBlock:
        raise ServiceError("uploads-busy", "The service is receiving as many uploads as it takes at once.") from None
    try:
        yield
    finally:
        state.uploads.release()
