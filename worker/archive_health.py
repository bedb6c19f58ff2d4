"""Which of the configured archives answer, asked now and then beside the work."""

from __future__ import annotations

import threading

from jobs.ports import ARCHIVE
from pacs.errors import PacsError
from pacs.sending import ping
from pacs.settings import Archives
from worker.upkeep import look_after

EVERY_S = 30.0


def watched(archives: Archives) -> dict[str, str]:
    """What to say of the archives; kept up to date by a thread."""
    told: dict[str, str] = {}

    def ask() -> None:
        told.update({f"{ARCHIVE}{name}": answer(archives, name) for name in archives.named})

    threading.Thread(target=ask, daemon=True).start()
    look_after(ask, every_s=EVERY_S)
    return told


def answer(archives: Archives, name: str) -> str:
    """`ok`, or the code of what is wrong."""
    try:
        ping(archives.of(name))
    except PacsError as error:
        return error.code
    return "ok"
