"""Names become rows: the groups of the table, in its order."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from experiments.ablation.method import Group, Row
from experiments.ablation.ours import kernel_group, whole_group
from experiments.ablation.paper import CONFIGS, paper_group
from registration.errors import MethodError


def groups(configs: Path = CONFIGS) -> tuple[Group, ...]:
    """The whole table. configs: the folder of the runs whose networks stand for the paper's form."""
    return paper_group(configs), kernel_group(), whole_group()


def chosen(every: tuple[Group, ...], names: Collection[str]) -> list[Row]:
    """The rows of these names in the order of the table; without names, all of them.

    Raises MethodError `config-invalid` for a name that no row has.
    """
    rows = [row for group in every for row in group.rows]
    known = [row.name for row in rows]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise MethodError("config-invalid", f"No row is called {unknown[0]!r}; there are {', '.join(known)}.")
    return [row for row in rows if not names or row.name in names]
