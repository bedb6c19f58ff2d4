"""A request becomes an owner: by API key, or `local` where the service listens on loopback without keys."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from service.errors import ServiceError
from service.settings import LOOPBACK, Settings
from service.state import AppState

LOCAL = "local"
key_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="An API key of this service")
bearer = HTTPBearer(auto_error=False, description="The same API key as a bearer token")


def owner(
    request: Request,
    state: AppState,
    key: Annotated[str | None, Security(key_header)],
    token: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
) -> str:
    """Whose request this is; owners see only their own. Raises `unauthorized`, `host-not-allowed`."""
    refuse_foreign_host(state.settings, request)
    if not state.settings.api_keys:
        return LOCAL
    given = key or (token.credentials if token else "")
    for known, name in state.settings.api_keys.items():
        if hmac.compare_digest(known.encode(), given.encode()):
            return name
    raise ServiceError("unauthorized", "Send a valid API key as X-API-Key, or as Authorization: Bearer.")


def refuse_foreign_host(settings: Settings, request: Request) -> None:
    """Without keys, pages of other sites must not reach the service through a name that resolves to loopback."""
    name = request.url.hostname
    if not settings.api_keys and settings.loopback and name not in LOOPBACK:
        raise ServiceError("host-not-allowed", "Without API keys the service answers only to localhost and 127.0.0.1.")


Owner = Annotated[str, Depends(owner)]
AuthorisedOnly = Depends(owner)
"""For calls that need a key but belong to nobody."""
