"""Identifiers of artefacts: which are any, and what is said about those that are not there."""

from __future__ import annotations

from jobs.errors import NotFoundError
from jobs.ports import Kind

LONGEST = 100
"""Characters of an identifier; file systems take 255 bytes."""
CODES = {Kind.SERIES: "series-not-found", Kind.REGISTRATION: "registration-not-found"}


def require_name(kind: Kind, name: str) -> str:
    """The name, if kernelreg could have given it: no path leads out of the store."""
    if not name.isalnum() or not name.isascii() or len(name) > LONGEST:
        raise NotFoundError(CODES[kind], "This is no identifier that kernelreg gives.")
    return name


def not_found(kind: Kind) -> NotFoundError:
    """Nothing of this identifier."""
    return NotFoundError(CODES[kind], f"There is nothing of this identifier in {kind}; it may have been purged.")
