"""A DICOMweb server whose answers are written by the test: how archives behave that are broken, busy or elsewhere."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pacs.settings import Archive


@dataclass
class Answer:
    """What the server says, and how often it was asked; `promised` is a length that the body need not have."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    asked: list[str] = field(default_factory=list)
    authorisation: list[str | None] = field(default_factory=list)


@contextmanager
def odd_archive(answer: Answer | Callable[[str], Answer], **settings: object) -> Iterator[Archive]:
    """The archive that gives this answer, or the answer for each path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            say = answer if isinstance(answer, Answer) else answer(self.path)
            say.asked.append(self.path)
            say.authorisation.append(self.headers.get("Authorization"))
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.send_response(say.status)
            for name, value in say.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(say.body) if say.promised is None else say.promised))
            self.end_headers()
            self.wfile.write(say.body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Archive(name="odd", dicomweb=f"http://127.0.0.1:{server.server_port}", **settings)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
