"""A multipart body becomes files in a folder: never in memory as a whole, never under a client's name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from pacs.preamble import Preamble
from service.errors import ServiceError

NOT_MULTIPART = "The body is no well-formed multipart."


@dataclass
class FileWriter:
    """One file on its way to disk, and its digest."""

    path: Path
    out: BinaryIO
    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self.out.write(data)
        self.digest.update(data)
        self.size += len(data)


class Folder:
    """Where the files of one upload arrive: `file-0001`, `file-0002`, ... in the order of the body."""

    def __init__(self, folder: Path, *, most: int) -> None:
        self.files: list[FileWriter] = []
        self._folder = folder
        self._most = most

    def open(self) -> FileWriter:
        """The next file; raises `too-many-files`."""
        if len(self.files) >= self._most:
            raise ServiceError("too-many-files", f"An upload may hold {self._most} files.", most=self._most)
        path = self._folder / f"file-{len(self.files) + 1:04d}"
        self.files.append(FileWriter(path, path.open("wb")))
        return self.files[-1]

    def close(self) -> None:
        """Finish the file that is open."""
        if self.files:
            self.files[-1].out.close()


class WholeBody:
    """A body that is one file."""

    def __init__(self, folder: Folder) -> None:
        self._file = folder.open()

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._file.write(data)

    def finish(self) -> None:
        """A body without framing ends where it ends."""


Options = Mapping[bytes, bytes]
"""The parameters of a part's Content-Disposition, such as `name` and `filename`."""
Place = Callable[[Options], Folder | None]
"""Where a part goes; None for a part that nobody asked for."""


class Parts:
    """The parts of a multipart body, each a file where `place` says."""

    def __init__(self, boundary: bytes, place: Place) -> None:
        self._place = place
        self._header, self._value = b"", b""
        self._disposition = b""
        self._file: FileWriter | None = None
        self._ended = False
        self._preamble = Preamble(boundary)
        callbacks = {name: getattr(self, name) for name in dir(self) if name.startswith("on_")}
        self._parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]

    def feed(self, data: bytes) -> None:
        """Take the next bytes; raises `body-unreadable`."""
        try:
            self._parser.write(self._preamble.after(data))
        except MultipartParseError as error:
            raise ServiceError("body-unreadable", NOT_MULTIPART) from error

    def finish(self) -> None:
        """The body has ended; raises `upload-interrupted` when its closing boundary is missing."""
        if not self._preamble.ended:
            raise ServiceError("body-unreadable", NOT_MULTIPART)
        if not self._ended:
            raise ServiceError("upload-interrupted", "The body ends before its closing boundary.")

    def on_part_begin(self) -> None:
        self._disposition = b""
        self._file = None

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        folder = self._place(options)
        self._file = folder.open() if folder else None

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file:
            self._file.write(data[start:end])

    def on_part_end(self) -> None:
        if self._file:
            self._file.out.close()

    def on_end(self) -> None:
        self._ended = True
