"""One `kernelreg register` in this process, watched: what each of its stages takes, as one line of JSON.

`python -m benchmarks.watched FIXED MOVING --output DIR`: the command itself runs, start-up and writing included; only
its progress bar is a watch instead. A process of its own: the first run in a process is the one that a user waits for.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Watch:
    """Wall and CPU seconds and peak megabytes of every stage, each from its beginning to the next one's."""

    def __init__(self) -> None:
        self.stages: dict[str, tuple[float, float, float]] = {}
        self._stage, self._start = "start-up", (time.perf_counter() - _age(), 0.0)

    def __call__(self, stage: str, _fraction: float = 1.0) -> None:
        """The stage before ends, this one begins."""
        now = time.perf_counter(), time.process_time()
        self.stages[self._stage] = (now[0] - self._start[0], now[1] - self._start[1], peak_mb())
        self._stage, self._start = stage, now


def _age() -> float:
    """Seconds since this process began, where the system tells."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return float(Path("/proc/uptime").read_text().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")
    except OSError:
        return time.process_time()


def peak_mb() -> float:
    """Largest resident memory since the last call; NaN where the system does not tell."""
    try:
        line = next(one for one in STATUS.read_text().splitlines() if one.startswith("VmHWM"))
        CLEAR.write_text("5")  # start anew
        return int(line.split()[1]) / 1024
    except OSError:
        return float("nan")


def main() -> None:
    """Run the command with the arguments that follow, and print its stages."""
    from cli import screen
    from cli.main import main as command

    watch = Watch()

    @contextmanager
    def watching() -> Iterator[Watch]:
        yield watch
        watch("summary")

    screen.progress_bar = watching  # type: ignore[assignment]
    sys.argv[1:1] = ["register"]
    try:
        with redirect_stdout(StringIO()):
            command()
    except SystemExit as end:
        if end.code:
            raise
    watch("end")
    print(json.dumps(watch.stages))


if __name__ == "__main__":
    main()
