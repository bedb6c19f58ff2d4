"""HTTP headers that several resources read: Prefer, If-Match, ETag."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header

from service.errors import ServiceError
from service.state import AppState

PREFER_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?", re.IGNORECASE)


def wait_s(
    state: AppState,
    prefer: Annotated[str | None, Header(description="`wait=N`: seconds to wait for the workers before 202")] = None,
) -> float:
    """How long this request waits for the workers."""
    limits = state.settings.limits
    found = PREFER_WAIT.search(prefer or "")
    return min(float(found[1]), limits.longest_wait_s) if found else limits.wait_s


Wait = Annotated[float, Depends(wait_s)]
IfMatch = Annotated[str | None, Header(description="ETag of the revision to change: 428 without, 412 when stale")]


def etag(tag: str) -> str:
    """A revision's tag as HTTP writes it."""
    return f'"{tag}"'


def required_tag(if_match: str | None) -> str:
    """The one tag in If-Match; raises `precondition-required`. A wildcard names no revision."""
    if not if_match or if_match.strip() == "*":
        raise ServiceError("precondition-required", "Send If-Match with the ETag of the registration you have seen.")
    return if_match.strip().removeprefix("W/").strip('"')
