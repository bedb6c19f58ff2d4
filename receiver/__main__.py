"""`python -m receiver`: take DICOM instances, publish their series, apply the rules, until told to stop."""

from __future__ import annotations

import fcntl
import logging
import signal
import sys
import threading
from pathlib import Path
from typing import IO

from jobs import journal
from jobs.errors import JobError
from jobs.ports import Ports
from receiver.exporting import Exporter
from receiver.inbox import Inbox
from receiver.publishing import Publisher
from receiver.rules import read_rules
from receiver.scp import Receiver
from receiver.settings import ReceiverSettings, ReceiverSettingsError, from_environment
from receiver.starting import Starter
from receiver.wiring import wire

ROUND_S = 0.5
AFTER_OUTAGE_S = 5.0
"""When a store did not answer, or a disk is full."""
ABANDONED_S = 600.0


def serve(settings: ReceiverSettings, ports: Ports, stop: threading.Event) -> None:
    """Receive and publish until `stop` is set. Raises ReceiverSettingsError."""
    rules = read_rules(settings.rules_file, settings.archives)
    with locked(settings.inbox):
        inbox = Inbox(settings)
        exporter = Exporter(settings.inbox / "exports", ports, settings.archives)
        publisher = Publisher(settings, inbox, ports, Starter(ports, rules, exporter).arrived)
        receiver = Receiver(settings, inbox)
        try:
            port = receiver.start()
        except OSError as error:
            raise ReceiverSettingsError(
                f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}"
            ) from error
        journal.record("receiver-listens", host=settings.host, port=port, aet=settings.aet, rules=len(rules))
        try:
            while not stop.wait(ROUND_S):
                publish(publisher, receiver, exporter, stop)
                inbox.drop_abandoned(max(ABANDONED_S, 2 * settings.idle_s))
                ports.figures.send()
        finally:
            receiver.stop()


def publish(publisher: Publisher, receiver: Receiver, exporter: Exporter, stop: threading.Event) -> None:
    """One round; whatever goes wrong, there will be another one."""
    try:
        publisher.round(receiver.bringing())
        exporter.round()
    except JobError as error:
        journal.record("receiver-waits", logging.WARNING, code=error.code)
        stop.wait(AFTER_OUTAGE_S)
    except Exception as error:
        journal.accident("receiver-broken", error)
        stop.wait(AFTER_OUTAGE_S)


def locked(folder: Path) -> IO[str]:
    """The lock of an inbox, until it is closed or the process ends, however it ends. Raises ReceiverSettingsError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise ReceiverSettingsError("Another receiver uses this data folder.") from None
    return lock


def main() -> int:
    """Until SIGTERM or SIGINT; 1 when it cannot start."""
    journal.start("receiver")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = from_environment()
        serve(settings, wire(settings), stop)
    except ReceiverSettingsError as error:
        print(f"kernelreg: {error}", file=sys.stderr)  # noqa: T201 for the operator
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
