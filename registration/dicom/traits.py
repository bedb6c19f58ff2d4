"""What tells slices at one position apart: echo, time point, phase. Named in objections, for a client to choose by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

TRAITS = (
    "AcquisitionNumber", "TemporalPositionIdentifier", "TemporalPositionIndex", "TemporalPositionTimeOffset", "StackID",
    "EchoNumbers", "EchoTime", "EffectiveEchoTime", "InversionTime", "FlipAngle", "DiffusionBValue", "TriggerTime",
    "NominalPercentageOfCardiacPhase", "ImageType", "ConvolutionKernel", "KVP",
)  # fmt: skip
"""Attributes of acquisition and reconstruction; none of them says anything about the patient."""
SHOWN, LONGEST = 8, 64

Traits = tuple[tuple[str, str], ...]


def traits_of(header: Dataset) -> Traits:
    """The traits that a header holds, as text. Values with control characters are damage, and may hold anything."""
    found = ((name, header.get(name)) for name in TRAITS)
    told = (
        (name, "\\".join(map(str, v)) if isinstance(v, MultiValue) else str(v)) for name, v in found if v is not None
    )
    return tuple((name, text) for name, text in told if text and text.isprintable() and len(text) <= LONGEST)


def differing(traits: Iterable[Traits]) -> dict[str, list[str]]:
    """The traits with more than one value among these slices, and their first few values."""
    values: dict[str, dict[str, Any]] = {}
    for one in traits:
        for name, value in one:
            values.setdefault(name, {})[value] = None
    return {name: list(seen)[:SHOWN] for name, seen in values.items() if len(seen) > 1}
