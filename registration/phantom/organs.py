"""Where the organs lie in the moving body: signed distances in mm, negative inside, at points seen in the torso."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registration.phantom.noise import Noise
from registration.phantom.shading import Values, ellipsoid
from registration.phantom.torso import Place

WOBBLE_MM, WOBBLE_LENGTH_MM = 4.0, 75.0
Centre = tuple[float, float, float]


@dataclass(frozen=True)
class Ball:
    """A tumour or ablation zone: centre and three radii, mm."""

    centre: Centre
    radii: Centre

    def distance(self, points: Values) -> Values:
        """Signed distance (N,) mm."""
        return ellipsoid(points, self.centre, self.radii)


@dataclass(frozen=True)
class Shapes:
    """Signed distances (N,) mm at the points of `place`; `bent` (N, 3) are the points as the organs see them.

    `above` is the height over the diaphragm, `belly` the space for abdominal organs.
    """

    place: Place
    bent: Values
    above: Values
    heart: Values
    lung: Values
    belly: Values
    liver: Values

    def only(self, chosen: np.ndarray) -> Shapes:
        """The same for some of the points."""
        names = [name for name in self.__dataclass_fields__ if name != "place"]
        return Shapes(self.place.only(chosen), *(getattr(self, name)[chosen] for name in names))


@dataclass(frozen=True)
class Organs:
    """The organs of one body: `noise` bends them, `sizes` scale diaphragm, heart, liver, spleen and kidneys."""

    noise: Noise
    sizes: tuple[float, ...]

    @classmethod
    def random(cls, rng: np.random.Generator) -> Organs:
        """Organs of random size and outline."""
        return cls(Noise(rng, 3), tuple(float(s) for s in rng.uniform(0.92, 1.08, 5)))

    def shapes(self, place: Place) -> Shapes:
        """Every organ that others are cut by. The points are bent first, so that no organ is a perfect ellipsoid."""
        bent = np.asarray(place.points + WOBBLE_MM * self.noise.vectors_at(place.points, WOBBLE_LENGTH_MM), np.float32)
        above = self._above_diaphragm(place, bent)
        heart = _ball(bent, (22.0, -34.0, 36.0), (50.0, 38.0, 38.0), self.sizes[1])
        belly = np.maximum(place.beyond_cavity + 4, above + 3)
        return Shapes(place, bent, above, heart, _lung(place, bent, above, heart), belly, self._liver(bent, belly))

    def spleen(self, shapes: Shapes) -> Values:
        """Signed distance to the spleen."""
        return np.maximum(_ball(shapes.bent, (92.0, 34.0, -34.0), (26.0, 40.0, 48.0), self.sizes[3]), shapes.belly)

    def stomach(self, shapes: Shapes) -> Values:
        """Signed distance to the stomach."""
        return np.maximum(ellipsoid(shapes.bent, (62.0, -26.0, -42.0), (38.0, 34.0, 48.0)), shapes.belly)

    def kidneys(self, shapes: Shapes) -> Values:
        """Signed distance to both kidneys."""
        right = _ball(shapes.bent, (-56.0, 50.0, -118.0), (25.0, 23.0, 50.0), self.sizes[4])
        left = _ball(shapes.bent, (58.0, 50.0, -106.0), (25.0, 23.0, 50.0), self.sizes[4])
        return np.maximum(np.minimum(right, left), shapes.place.beyond_cavity + 4)

    def _above_diaphragm(self, place: Place, bent: Values) -> Values:
        """Height over the diaphragm: two domes, the right one higher, falling steeply to the wall."""
        fall = 92 * np.minimum(place.rho, 1.1) ** 3.2
        right = 24 * np.exp(-((bent[:, 0] + 58) ** 2 + (bent[:, 1] + 8) ** 2) / (2 * 48**2))
        left = 14 * np.exp(-((bent[:, 0] - 62) ** 2 + (bent[:, 1] + 6) ** 2) / (2 * 42**2))
        return np.asarray(bent[:, 2] - self.sizes[0] * (right + left) + fall - 4)

    def _liver(self, bent: Values, belly: Values) -> Values:
        """A large right lobe and a flat left one, hollow at the hilum."""
        right = _ball(bent, (-64.0, 2.0, -48.0), (66.0, 74.0, 82.0), self.sizes[2])
        left = _ball(bent, (2.0, -44.0, -30.0), (66.0, 36.0, 44.0), self.sizes[2])
        hilum = ellipsoid(bent, (-6.0, 18.0, -72.0), (30.0, 34.0, 40.0))
        return np.asarray(np.maximum.reduce([np.minimum(right, left), -hilum, belly]))


def _lung(place: Place, bent: Values, above: Values, heart: Values) -> Values:
    """Both lungs: the cavity above the diaphragm without what lies between them."""
    apex = bent[:, 2] - 162 + 55 * place.rho**2
    column = (np.hypot((bent[:, 0] - 3) / 25, (bent[:, 1] + 2) / 62) - 1) * 24
    return np.asarray(np.maximum.reduce([place.beyond_cavity + 2.5, 2 - above, apex, -np.minimum(column, heart - 3)]))


def _ball(points: Values, centre: Centre, radii: Centre, size: float) -> Values:
    return ellipsoid(points, centre, (radii[0] * size, radii[1] * size, radii[2] * size))
