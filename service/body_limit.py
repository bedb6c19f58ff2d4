"""Request bodies end at a limit: a length that is announced is refused at once, one that is not is cut off."""

from __future__ import annotations

from fnmatch import fnmatchcase

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems import CUT_OFF, body_too_large


class BodyLimit:
    """Middleware. `streamed` are paths (`*` for any name) that count for themselves: they hold no body in memory."""

    def __init__(self, app: ASGIApp, *, most: int, streamed: tuple[str, ...]) -> None:
        self._app = app
        self._most = most
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or any(fnmatchcase(scope["path"], one) for one in self._streamed):
            await self._app(scope, receive, send)
        elif announced(scope) > self._most:
            await body_too_large(Request(scope), self._most)(scope, receive, send)
        else:
            await self._app(scope, counted(scope, receive, self._most), send)


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
