"""Request bodies end at a limit: a length that is announced is refused at once, one that is not is cut off."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems import CUT_OFF, body_too_large


class BodyLimit:
    """Middleware. `streamed`: paths (`*` for any name), and how the media types of those bodies begin that count for
    themselves, because they are not held in memory."""

    def __init__(self, app: ASGIApp, *, most: int, streamed: Mapping[str, str]) -> None:
        self._app = app
        self._most = most
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._goes_to_disk(scope):
            await self._app(scope, receive, send)
        elif announced(scope) > self._most:
            await body_too_large(Request(scope), self._most)(scope, receive, send)
        else:
            await self._app(scope, counted(scope, receive, self._most), send)

    def _goes_to_disk(self, scope: Scope) -> bool:
        kind = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
        return any(
            fnmatchcase(scope["path"], path) and kind.startswith(start) for path, start in self._streamed.items()
        )


def announced(scope: Scope) -> int:
    """The length that the client says its body has."""
    text = dict(scope["headers"]).get(b"content-length", b"0")
    return int(text) if text.isdigit() else 0


def counted(scope: Scope, receive: Receive, most: int) -> Receive:
    """`receive`, as if the client left when it has sent too much; a note in the scope tells why."""
    total = 0

    async def receive_counting() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total <= most:
            return message
        scope[CUT_OFF] = most
        return {"type": "http.disconnect"}

    return receive_counting
