"""`make readme`: the examples of the README run as they stand, and what they print replaces what is shown below them.

A block is a comment `<!-- tested: KIND -->` (the tests run it, too) or `<!-- shown: KIND -->`, a fenced example and a
fenced `text` with its output. Blocks of one kind share a shell, in order.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from cli.demonstration.service import running
from docs.images.shrink import shrink

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"<!-- (?:tested|shown): ([a-z ]+) -->\n```\w+\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
URL = "http://127.0.0.1:8000"
SEPARATOR = "-- next block --"
WIDTH = 100


def main() -> None:
    """Run everything in a folder that is gone afterwards; the README and its pictures change at the end."""
    page = ROOT / "README.md"
    text = page.read_text()
    with tempfile.TemporaryDirectory() as folder:
        printed = printed_by_kind(text, Path(folder))
        shrink(Path(folder) / "demo-output", ROOT / "docs" / "images")
    page.write_text(BLOCK.sub(lambda block: with_output(block, printed[block[1]].pop(0)), text))


def printed_by_kind(text: str, folder: Path) -> dict[str, list[str]]:
    """What the examples of each kind print, block by block."""
    examples: dict[str, list[str]] = {}
    for kind, example, _ in BLOCK.findall(text):
        examples.setdefault(kind, []).append(example)
    printed = {kind: shell(examples[kind], folder) for kind in ("demo", "command line")}
    with running(folder / "service.log") as url:
        printed["service"] = [
            p.replace(url, URL) for p in shell([e.replace(URL, url) for e in examples["service"]], folder)
        ]
    return printed | {"python": [ran([sys.executable, "-c", example], folder) for example in examples["python"]]}


def shell(examples: list[str], folder: Path) -> list[str]:
    """What each of some shell examples prints, run in one shell one after the other."""
    script = f"echo '{SEPARATOR}'\n".join(examples)
    return ran(["bash", "-euo", "pipefail", "-c", script], folder).split(f"{SEPARATOR}\n")


def ran(command: list[str], folder: Path) -> str:
    """The output of a command."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": str(WIDTH)}
    return subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def with_output(block: re.Match[str], printed: str) -> str:
    """The block with other output: no spaces at the ends of lines, no empty lines in a row."""
    lines = "\n".join(line.rstrip() for line in printed.splitlines())
    tidy = re.sub(r"\n{3,}", "\n\n", lines).strip("\n")
    return block[0][: block.start(3) - block.start()] + tidy + "\n```"


if __name__ == "__main__":
    main()
