"""Whoever wants to see a run go by: told of its start, its steps and its validations."""

from __future__ import annotations

from collections.abc import Mapping


class Watcher:
    """Looks on and says nothing; the command line has one that shows."""

    def started(self, step: int, steps: int, machine: str) -> None:
        """The run begins at `step` of `steps`; `machine` in words."""

    def stepped(self, step: int) -> None:
        """So many steps are done."""

    def judged(self, step: int, row: Mapping[str, float], *, best: bool) -> None:
        """A validation: the row of the curve, and whether no earlier one was better."""


SILENT = Watcher()
