"""The contract of a row: the field of a pair, and the settings that its results belong to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass

from safetensors.torch import save
from torch import nn

from benchmarks.cases import Case
from registration.field.displacement import DisplacementField


@dataclass(frozen=True)
class Method:
    """register: one pair -> its field. settings: all that decides what it gives, as JSON knows it."""

    register: Callable[[Case], DisplacementField]
    settings: dict[str, object]


@dataclass(frozen=True)
class Row:
    """name: on the command line and of the folder of results; title: in the table; make: ready, or MethodError."""

    name: str
    title: str
    make: Callable[[], Method]


@dataclass(frozen=True)
class Group:
    """Rows that are compared with the first of them."""

    title: str
    rows: tuple[Row, ...]


def described(part: object) -> object:
    """A part of the method as JSON: its class and its numbers, networks by the SHA-256 of their weights."""
    if isinstance(part, nn.Module):
        content = save({name: tensor.contiguous() for name, tensor in part.state_dict().items()})
        return {"class": type(part).__name__, "sha256": hashlib.sha256(content).hexdigest()}
    if is_dataclass(part):
        return {"class": type(part).__name__} | {f.name: described(getattr(part, f.name)) for f in fields(part)}
    if isinstance(part, tuple):
        return [described(value) for value in part]
    if part is None or isinstance(part, str | int | float):
        return part
    raise TypeError(f"{part!r} has no description by which a later run would know it again")
