"""`multipart/related`, both ways, never in memory as a whole: parts become files, files become a body (PS3.18 8.6)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from pacs.errors import PacsError
from pacs.preamble import Preamble

CHUNK = 1 << 20


class Parts:
    """Takes a body apart into files `00001.dcm`, `00002.dcm`, ...; `landed` is told of each one that is complete."""

    def __init__(self, content_type: str, folder: Path, *, most: int, landed: Callable[[Path], None]) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/related" or not options.get(b"boundary"):
            raise PacsError("pacs-answer-invalid", "The archive's answer is no multipart/related.")
        self.files: list[Path] = []
        self._folder, self._most, self._landed = folder, most, landed
        self._out: BinaryIO | None = None
        self._ended = False
        self._preamble = Preamble(options[b"boundary"])
        callbacks = {name: getattr(self, name) for name in ("on_part_begin", "on_part_data", "on_part_end", "on_end")}
        self._parser = MultipartParser(options[b"boundary"], callbacks)  # type: ignore[arg-type]

    def feed(self, data: bytes) -> None:
        """Take the next bytes; raises `pacs-answer-invalid`."""
        try:
            self._parser.write(self._preamble.after(data))
        except MultipartParseError as error:
            raise PacsError("pacs-answer-invalid", "The archive's answer is no well-formed multipart.") from error

    def finish(self) -> None:
        """The body has ended; raises `pacs-answer-invalid` when its closing boundary is missing."""
        if not self._ended:
            raise PacsError("pacs-answer-invalid", "The archive's answer ends before its closing boundary.")

    def close(self) -> None:
        """Let go of a file that was cut off."""
        if self._out:
            self._out.close()

    def on_part_begin(self) -> None:
        if len(self.files) >= self._most:
            raise too_large(f"{self._most} instances")
        self.files.append(self._folder / f"{len(self.files) + 1:05d}.dcm")
        self._out = self.files[-1].open("wb")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._out:
            self._out.write(memoryview(data)[start:end])

    def on_part_end(self) -> None:
        self.close()
        self._landed(self.files[-1])

    def on_end(self) -> None:
        self._ended = True


class Body:
    """Files as one body: its media type, its length in bytes, and its bytes from the disk."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self._boundary = secrets.token_hex(16)
        self._head = f"--{self._boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        self._tail = f"--{self._boundary}--\r\n".encode()
        each = len(self._head) + len(b"\r\n")
        self.length = sum(each + file.stat().st_size for file in files) + len(self._tail)

    @property
    def media_type(self) -> str:
        """With the boundary."""
        return f'multipart/related; type="application/dicom"; boundary="{self._boundary}"'

    def __iter__(self) -> Iterator[bytes]:
        for file in self._files:
            yield self._head
            with file.open("rb") as source:
                while chunk := source.read(CHUNK):
                    yield chunk
            yield b"\r\n"
        yield self._tail


def too_large(what: str) -> PacsError:
    """More than may be fetched."""
    return PacsError("pacs-series-too-large", f"A series of more than {what} is not fetched.")
