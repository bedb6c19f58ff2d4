"""Events become one line of JSON each, on stderr: time, level, process, event and named fields. Never patient data."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
import time
import traceback

EVENTS = logging.getLogger("kernelreg")
TRUSTED = {"kernelreg", "celery", "kombu", "uvicorn"}


def record(event: str, level: int = logging.INFO, **fields: object) -> None:
    """Write down that something happened; fields are identifiers, codes and numbers."""
    EVENTS.log(level, event, extra={"fields": fields})


def hashed(uid: str) -> str:
    """A DICOM UID as the journal names it: whoever knows the UID finds its lines, no line tells a UID."""
    return hashlib.sha256(uid.encode()).hexdigest()[:16]


def accident(event: str, error: BaseException, **fields: object) -> None:
    """Write down an unexpected error by its type and the lines it passed; its text may hold data and stays out."""
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)][-8:]
    record(event, logging.ERROR, error=type(error).__name__, frames=frames, **fields)


class OneLine(logging.Formatter):
    """A log record as one JSON object."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        line = {"time": moment, "level": record.levelname.lower(), "process": self._process, "event": event_of(record)}
        return json.dumps(line | getattr(record, "fields", {}), default=str)


def event_of(record: logging.LogRecord) -> str:
    """What our own code and the servers say; of readers of scans only that they warned, their texts quote values."""
    trusted = record.name.split(".")[0] in TRUSTED
    return record.getMessage() if trusted else f"warning from {record.name}"


def start(process: str) -> None:
    """Send the events of this process to stderr; of the libraries only warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    EVENTS.setLevel(logging.INFO)
    logging.captureWarnings(True)
