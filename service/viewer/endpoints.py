"""/ and /viewer/: the page where a registration is seen, doubted and corrected; it speaks to the API like anyone."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from service.errors import ServiceError

router = APIRouter(include_in_schema=False)
STATIC = Path(__file__).parent / "static"
MEDIA_TYPES = {
    "viewer.js": "text/javascript",
    "viewer.css": "text/css",
    "icon.svg": "image/svg+xml",
}
"""Every file of the page beside the page itself."""
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
"""Nothing from elsewhere, nothing inline, no eval, no markup from strings."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@router.get("/")
def page() -> FileResponse:
    """The page. It is not stored, so that going back after leaving shows nothing of a patient."""
    return FileResponse(STATIC / "index.html", headers=HEADERS | {"Cache-Control": "no-store"}, media_type="text/html")


@router.get("/viewer/{name}")
def part(name: str) -> FileResponse:
    """Script, style and icon of the page; asked for anew at each visit."""
    if name not in MEDIA_TYPES:
        raise ServiceError("path-not-found", "The page has no such part.")
    return FileResponse(STATIC / name, headers=HEADERS | {"Cache-Control": "no-cache"}, media_type=MEDIA_TYPES[name])
