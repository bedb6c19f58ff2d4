"""`kernelreg VERB ...`: one verb per file; what goes wrong becomes one sentence on stderr and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from cli.adopt import adopt
from cli.demo import demo
from cli.densify import densify
from cli.dicom import dicom
from cli.evaluate import evaluate
from cli.inspect import inspect
from cli.margin import margin
from cli.phantom import phantom
from cli.points import points
from cli.predict import predict
from cli.refine import refine
from cli.register import register
from cli.score import score
from cli.serve import serve
from cli.stack import stack
from cli.train import train
from cli.warp import warp
from registration.errors import KernelregError

REFUSED, FAILED, INTERRUPTED = 2, 1, 130
"""Exit codes: what was asked cannot be done; something broke; Ctrl-C."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Points are LPS millimetres, fields map fixed to moving. Add --debug to see where an error came from.",
)
for verb in (
    register,
    adopt,
    refine,
    points,
    warp,
    dicom,
    densify,
    evaluate,
    margin,
    predict,
    score,
    inspect,
    phantom,
    train,
    serve,
    stack,
    demo,
):
    app.command()(verb)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"kernelreg {version('kernelreg')}")
        raise typer.Exit


@app.callback()
def kernelreg(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Deformable CT registration: two scans in, a displacement field out, corrections by click. Research use only."""


def main() -> None:
    """Entry point of the command."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads cost half the time beside other work
    debug = "--debug" in sys.argv
    arguments = [a for a in sys.argv[1:] if a != "--debug"]
    try:
        app(arguments, prog_name="kernelreg")
    except KernelregError as error:
        _end(f"{error.message} [{error.code}]", REFUSED, error if debug else None)
    except KeyboardInterrupt:
        _end("interrupted", INTERRUPTED, None)
    except Exception as error:
        what = f"unexpected {type(error).__name__}; --debug shows where it came from."
        _end(what, FAILED, error if debug else None)


def _end(message: str, code: int, error: Exception | None) -> None:
    if error is not None:
        raise error
    typer.echo(f"kernelreg: {message}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
