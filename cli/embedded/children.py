"""One child process: started with its own log, restarted with patience when it dies, gone when its parent is."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 15.0
CALM_S = 30.0
"""A child that lived this long starts again without waiting longer than the last time."""
LOOK_S = 5.0
"""How often a child is asked whether it answers."""
LOG_BYTES = 20 * 2**20
MODULE = (sys.executable, "-P", "-m")
"""Runs a module of ours. -P: nothing in the folder that it is started from takes the place of a package."""


@dataclass
class Child:
    """How to start one process, and the process."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    pass_fds: Sequence[int] = ()
    stop_s: float = 5.0
    """How long it may take to end by itself."""
    ready: Callable[[], None] | None = None
    """Returns when the next child may start, raises when it never may; None does not wait."""
    left_over: Callable[[], None] | None = None
    """Removes what it leaves behind when it is killed."""
    answers: Callable[[], bool] | None = None
    """Whether it does its work; None trusts a process that lives."""
    hung_s: float = 180.0
    """A process that has not answered for so long is killed, and started again."""
    answered: float = 0.0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    wait_s: float = field(default=FIRST_WAIT_S)
    due: float = 0.0

    def start(self) -> None:
        """Run it, in a session of its own so that Ctrl-C at the terminal reaches only the supervisor."""
        rotate(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                pass_fds=self.pass_fds,
                start_new_session=True,
                preexec_fn=die_with(os.getpid()),
            )
        self.started = time.monotonic()

    def tend(self) -> bool:
        """Start it again if it has died and is due; whether it has died since the last look."""
        now = time.monotonic()
        if self.process is not None:
            if self.alive() and not self._hung(now):
                return False
            self._clear()
            self.process.wait()
            calm = now - self.started > CALM_S
            self.wait_s = FIRST_WAIT_S if calm else min(2 * self.wait_s, LONGEST_WAIT_S)
            self.process, self.due = None, now + self.wait_s
            return True
        if now >= self.due:
            self.start()
        return False

    def stop(self) -> None:
        """Ask it to end, then end it."""
        if self.process is None:
            return
        if self.alive():
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(self.stop_s)
        self._clear()
        self.process.wait()

    def _hung(self, now: float) -> bool:
        """Whether it lives without answering; looked at every few seconds."""
        if self.answers is None or now < self.due:
            return False
        self.due = now + LOOK_S
        if self.answers():
            self.answered = now
        return now - max(self.answered, self.started) > self.hung_s

    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def _clear(self) -> None:
        """End what is left of its session: itself, if it did not end in time, and its own children."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        if self.left_over:
            self.left_over()


def die_with(parent: int):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """What the child does before anything else: ask the kernel (Linux) to kill it when the supervisor dies."""

    def ask() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

    return ask


def rotate(log: Path) -> None:
    """Keep one older log."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
