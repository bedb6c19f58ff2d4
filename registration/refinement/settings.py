"""How far and how steeply a correction may reach: the knobs of refinement, defaults as measured on real pairs."""

from __future__ import annotations

from dataclasses import dataclass

NARROWEST_MM, WIDEST_MM = 5.0, 40.0
"""What a caller may ask for as the radius of a click."""


@dataclass(frozen=True)
class RefinementSettings:
    """radius_mm: support of one click, 5 to 40. limit_mm: no support ever grows beyond.

    slope: steepest gradient that the bump of one isolated click may have; a far target widens the support instead
    (R >= 2.11 |r| / slope).
    """

    radius_mm: float = 20.0
    limit_mm: float = 60.0
    slope: float = 0.5

    def __post_init__(self) -> None:
        if not NARROWEST_MM <= self.radius_mm <= WIDEST_MM:
            raise ValueError(f"a click reaches {NARROWEST_MM} to {WIDEST_MM} mm, got {self.radius_mm}")
        if not (self.radius_mm <= self.limit_mm and self.slope > 0):
            raise ValueError(f"limit {self.limit_mm} mm below the radius, or slope {self.slope} not positive")


DEFAULT = RefinementSettings()
