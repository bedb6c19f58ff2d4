"""The fingerprints that belong to this code: what a worker expects of the models of a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

FILE = Path(__file__).with_name("fingerprints.json")


def expected_fingerprints() -> dict[str, str]:
    """Model name -> SHA-256."""
    return dict(json.loads(FILE.read_text("utf-8")))


def expected_text(fingerprints: Mapping[str, str]) -> str:
    """The file's text."""
    return json.dumps(dict(fingerprints), indent=2) + "\n"
