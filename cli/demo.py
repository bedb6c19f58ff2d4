"""`kernelreg demo`: the whole job on a generated pair of scans, through a service of its own, judged at the end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.phantom import Kind

if TYPE_CHECKING:
    from cli.demonstration.measured import Measured
    from registration.phantom import PhantomPair


def demo(
    output: Annotated[Path, typer.Option(help="Folder for pictures and fields.")] = Path("demo-output"),
    kind: Annotated[Kind, typer.Option(help="Inhale to exhale, or before to after ablation.")] = Kind.thorax,
    seed: Annotated[int, typer.Option(help="Another seed, another body.", min=0)] = 1,
    stack: Annotated[bool, typer.Option("--stack", help="Through the distributed set instead of `serve`.")] = False,
) -> None:
    """Show everything once: generate two scans, serve, upload, register, correct by click. A minute or two."""
    from cli.demonstration.measured import Measured
    from cli.demonstration.service import DemoError
    from cli.demonstration.summary import show
    from cli.demonstration.verdict import promises

    measured = Measured()
    try:
        pair = _generated(output, kind, seed, measured)
        _play(pair, output, measured, "stack" if stack else "serve")
    except DemoError as error:
        typer.echo(f"kernelreg: the demonstration broke off: {error}", err=True)
        raise typer.Exit(1) from None
    show(measured, output)
    if not all(promises(measured).values()):
        raise typer.Exit(1)


def _generated(output: Path, kind: Kind, seed: int, measured: Measured) -> PhantomPair:
    from cli.folders import staged
    from registration.phantom import make_phantom, write_phantom

    output.mkdir(parents=True, exist_ok=True)
    with measured.timed("phantom"), staged(output / "pair") as folder:
        pair = make_phantom(kind.value, seed=seed)
        write_phantom(pair, folder)
    size = " × ".join(map(str, pair.fixed.grid.size))
    _say(f"generated     a {kind.value}, twice, {size} voxels, its motion known   {measured.seconds['phantom']:.1f} s")
    return pair


def _play(pair: PhantomPair, output: Path, measured: Measured, verb: str) -> None:
    from cli.demonstration.client import connected
    from cli.demonstration.service import running
    from cli.demonstration.story import Story

    started = time.perf_counter()
    with running(output / "service.log", verb=verb) as url, connected(url) as client:
        measured.seconds["service start"] = time.perf_counter() - started
        _say(f"serving       {url}   {measured.seconds['service start']:.1f} s")
        Story(pair, output, client, measured, _say).play()


def _say(line: str) -> None:
    typer.echo(f"  {line}")
