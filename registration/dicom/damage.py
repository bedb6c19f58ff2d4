"""What pydicom and its codecs raise on damaged or hostile bytes: to be caught at the door, and nothing else with it."""

from __future__ import annotations

import struct

from pydicom.errors import BytesLengthException, InvalidDicomError

ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    BytesLengthException,
    EOFError,
    InvalidDicomError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)


def is_damage(error: BaseException) -> bool:
    """Whether an error speaks of the bytes, not of a cancelled task or lacking memory. Codecs in Rust panic instead."""
    return isinstance(error, ERRORS) or type(error).__name__ == "PanicException"
