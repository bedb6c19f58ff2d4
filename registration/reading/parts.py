"""The named parts of a structure set or segmentation, and the one that a caller means."""

from __future__ import annotations

from collections.abc import Mapping

from registration.errors import ScanError

LISTED = 100


def part_numbers(name: str, parts: Mapping[int, str], wanted: str | None) -> list[int]:
    """Numbers of the parts called `wanted`, or of the one with that number; of the only one where none is wanted.

    `parts` maps number to name. Raises `mask-part-unknown` with the names there are.
    """
    if wanted is None and len(parts) == 1:
        return list(parts)
    asked = (wanted or "").strip().casefold()
    found = [number for number, label in parts.items() if label.casefold() == asked]
    if not found and asked.isdecimal() and int(asked) in parts:
        found = [int(asked)]
    if found:
        return found
    names = [label for _, label in sorted(parts.items())][:LISTED]
    listing = ", ".join(repr(one) for one in names) or "none"
    what = "says which" if wanted is None else f"is {wanted[:64]!r}"
    message = f"{name} holds {len(parts)} parts, and nothing {what}. There are: {listing}"
    raise ScanError("mask-part-unknown", message, parts=names)


def shown_name(value: object) -> str:
    """The name of a part as text that can be shown; damage may have put anything into it."""
    text = str(value or "").strip()
    return text if text.isprintable() and len(text) <= 64 else "?"


def require_frame(name: str, own: str, scan: str | None) -> None:
    """Objects to coordinates of another frame of reference than the scan's; where either is unknown, trusts them."""
    if own and scan and own != scan:
        message = f"{name} was drawn in the frame of reference {own}, the scan lies in {scan}"
        raise ScanError("mask-grid-mismatch", message)
