"""What a person sees: progress on stderr, summaries on stdout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table


@contextmanager
def progress_bar() -> Iterator[Report]:
    """A bar on stderr, when that is a terminal; gives `report(stage, fraction)`."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description:<16}"), BarColumn(40), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Report(bar)


class Report:
    """Shows the stage that runs and the share of the work done."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=1.0)

    def __call__(self, stage: str, fraction: float) -> None:
        self._bar.update(self._task, description=stage, completed=fraction)


def print_facts(title: str, facts: Sequence[tuple[str, str]], notes: Sequence[str] = ()) -> None:
    """A two-column summary on stdout, with notes below."""
    console = Console(highlight=False)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column()
    for fact in facts:
        table.add_row(*fact)
    console.print(f"[bold]{title}[/bold]")
    console.print(table)
    for note in notes:
        console.print(f"[yellow]![/yellow] {note}")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table on stdout, numbers to the right."""
    table = Table(box=box.SIMPLE_HEAD, header_style="dim")
    for n, column in enumerate(columns):
        table.add_column(column, justify="right" if n else "left")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)
