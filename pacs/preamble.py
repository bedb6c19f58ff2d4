"""Text before the first boundary of a multipart body is no part of it, and is to be ignored (RFC 2046 5.1.1)."""

from __future__ import annotations

from python_multipart.exceptions import MultipartParseError

LONGEST = 1 << 16


class Preamble:
    """Takes the bytes of a body one after the other, and gives back those from its first boundary on."""

    def __init__(self, boundary: bytes) -> None:
        self._opening = b"\r\n--" + boundary
        self._seen: bytes | None = b"\r\n"

    @property
    def ended(self) -> bool:
        """Whether the first boundary has come."""
        return self._seen is None

    def after(self, data: bytes) -> bytes:
        """What is left of the next bytes; raises MultipartParseError where no boundary comes."""
        if self._seen is None:
            return data
        self._seen += data
        start = self._seen.find(self._opening)
        if start >= 0:
            body, self._seen = self._seen[start + len(b"\r\n") :], None
            return body
        if len(self._seen) > LONGEST:
            raise MultipartParseError("no boundary")
        return b""
