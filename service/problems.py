"""Every refusal becomes one kind of answer: `application/problem+json` (RFC 9457) with a stable code."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from jobs import journal
from jobs.errors import JobError
from jobs.model import Failure
from pacs.errors import PacsError
from registration.errors import KernelregError
from registration.plain import plain
from service.errors import CODE_OF_STATUS, RETRY_AFTER_S, STATUS, TITLES, ServiceError

MEDIA_TYPE = "application/problem+json"
BAD_JSON = "json_invalid"
CUT_OFF = "kernelreg.cut_off"
"""In the scope of a request whose body was cut off: the limit in bytes."""


class RefusedError(Exception):
    """What a worker refused, on its way to the client."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def problem(request: Request, code: str, detail: str, members: dict[str, Any] | None = None) -> JSONResponse:
    """The problem document of a code, for this request."""
    body = {"type": f"/problems/{code}", "title": TITLES[code], "status": STATUS[code], "detail": detail, "code": code}
    body |= {"instance": request.url.path} | (members or {})
    headers = {"WWW-Authenticate": "Bearer"} if code == "unauthorized" else {}
    if code in RETRY_AFTER_S:
        headers["Retry-After"] = str(RETRY_AFTER_S[code])
    return JSONResponse(plain(body), STATUS[code], headers=headers, media_type=MEDIA_TYPE)


def body_too_large(request: Request, most: int) -> JSONResponse:
    """The refusal of a body beyond the limit."""
    return problem(request, "body-too-large", f"This body may hold {most} bytes.", {"details": {"most": most}})


def add_handlers(app: FastAPI) -> None:
    """Have the application answer every error family with a problem document."""
    app.add_exception_handler(ServiceError, _known)
    app.add_exception_handler(JobError, _known)
    app.add_exception_handler(KernelregError, _known)
    app.add_exception_handler(PacsError, _known)
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unexpected)


async def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, (ServiceError, JobError, KernelregError, PacsError))
    return problem(request, error.code, error.message, {"details": error.details})


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RefusedError)
    return problem(request, error.failure.code, error.failure.message, {"details": error.failure.details})


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """What the framework's validation says, without the values: they may be no JSON, or nobody's business."""
    assert isinstance(error, RequestValidationError)
    found = [{"where": where(one["loc"]), "what": one["msg"], "kind": one["type"]} for one in error.errors()]
    if any(one["kind"] == BAD_JSON for one in found):
        return problem(request, "body-unreadable", "The body is no JSON.")
    own = next((one["kind"] for one in found if one["kind"] in TITLES), None)
    detail = "; ".join(f"{one['where']}: {one['what']}" for one in found[:5])
    return problem(request, own or "validation-failed", detail, {"errors": found[:50]})


async def _framework(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if CUT_OFF in request.scope:
        return body_too_large(request, request.scope[CUT_OFF])
    code = CODE_OF_STATUS.get(error.status_code, "client-error")
    answer = problem(request, code, f"{TITLES[code]}.")
    answer.headers.update(error.headers or {})
    return answer


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    journal.accident("request-broken", error, method=request.method)
    return problem(request, "internal", "Something went wrong inside the service; its log has the details.")


def where(location: tuple[int | str, ...]) -> str:
    """("body", "set", 0, "fixed") -> body.set[0].fixed"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
