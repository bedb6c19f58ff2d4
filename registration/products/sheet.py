"""Planes through a scan become places on one sheet: five pictures of each in a row, laid out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registration.products.planes import Plane

WIDTH, LEFT, TOP, RIGHT, BOTTOM, GAP = 15.0, 0.28, 0.56, 0.06, 0.3, 0.12
"""Inches: the sheet, its margins, and the space between pictures."""


@dataclass(frozen=True)
class Place:
    """Where a picture lies on the sheet: `left`, `top`, `width`, `height` in inches from the sheet's upper left."""

    left: float
    top: float
    width: float
    height: float

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom, top, as matplotlib asks for them."""
        return self.left, self.left + self.width, self.top + self.height, self.top

    def of(self, points: NDArray[np.floating], plane: Plane) -> NDArray[np.float64]:
        """Positions (N, 2) on the sheet of positions (N, 2) mm in the picture."""
        return np.asarray([self.left, self.top] + points * (self.width / plane.extent[1]))


def places_of(planes: Sequence[Plane]) -> list[list[Place]]:
    """The pictures' places, row by row; all have the same width, and each plane its own height."""
    width, top, rows = (WIDTH - LEFT - RIGHT - 4 * GAP) / 5, TOP, []
    for plane in planes:
        height = width * plane.extent[2] / plane.extent[1]
        rows.append([Place(LEFT + column * (width + GAP), top, width, height) for column in range(5)])
        top += height + GAP
    return rows
