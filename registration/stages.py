"""The stages of a registration: how long each took, and the call that tells how far it is and may stop it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

Progress = Callable[[str, float], None]
"""Called as progress(stage, fraction) when a stage begins, fraction of the whole in [0, 1]. May raise to cancel."""


class Clock:
    """Seconds by stage, and the progress call at the start of each. stages: the share of the work done by then."""

    def __init__(self, progress: Progress | None, stages: Mapping[str, float]) -> None:
        self.seconds: dict[str, float] = {}
        self._progress, self._stages = progress, stages

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Runs the stage of this name."""
        if self._progress is not None:
            self._progress(name, self._stages[name])
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start
