"""A figure that has no value for a case says so, and why."""

from __future__ import annotations

from registration.errors import MethodError


class UndefinedError(MethodError):
    """`figure-undefined`: no landmarks, an empty mask, a label that one scan lacks."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__("figure-undefined", message, **details)
