"""The shape of a torso: cavity and skin as star-shaped surfaces around an axis, and points as seen from there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from registration.phantom.shading import Values, smooth_step

NOTCH_WIDTH = 0.36  # radians; the cavity bends around the spine
SHOULDERS_MM = (20.0, 210.0)  # the cavity narrows between these heights


@dataclass(frozen=True)
class Torso:
    """Half axes in mm of cavity and wall. Patient frame: x to the left, y to the back, z up, 0 at the diaphragm."""

    cavity: tuple[float, float] = (124.0, 86.0)
    wall: tuple[float, float] = (36.0, 40.0)
    axis_y: float = -8.0
    notch: float = 0.5

    @classmethod
    def random(cls, rng: np.random.Generator) -> Torso:
        """A torso of some stature and shape."""
        width, depth, wide, deep = rng.uniform((112, 76, 28, 30), (130, 92, 44, 46))
        return replace(cls(), cavity=(width, depth), wall=(wide, deep), notch=rng.uniform(0.46, 0.53))

    def cavity_radius(self, theta: Values, z: Values) -> Values:
        """Distance (N,) mm from the axis to the cavity's wall at angle `theta` (from x towards y) and height z."""
        toward_spine = np.exp(-0.5 * ((theta - np.pi / 2) / NOTCH_WIDTH) ** 2)
        narrowing = 1 - 0.68 * smooth_step(z, *SHOULDERS_MM)[0]
        return np.asarray(_oval(theta, *self.cavity) * (1 - self.notch * toward_spine) * narrowing)

    def skin_radius(self, theta: Values, z: Values) -> Values:
        """Distance (N,) mm from the axis to the skin."""
        narrowing = 1 - 0.3 * smooth_step(z, *SHOULDERS_MM)[0]
        width, depth = self.cavity[0] + self.wall[0], self.cavity[1] + self.wall[1]
        return np.asarray(_oval(theta, width, depth) * narrowing)

    def polar(self, points: Values) -> tuple[Values, Values]:
        """Distance (N,) from the axis and angle (N,) of points (N, 3)."""
        x, y = points[:, 0], points[:, 1] - self.axis_y
        return np.hypot(x, y), np.arctan2(y, x)


@dataclass(frozen=True)
class Place:
    """Points (N, 3) mm as seen in a torso: `rho` is 0 on the axis and 1 at the cavity's wall; depths are mm inwards."""

    points: Values
    theta: Values
    rho: Values
    beyond_cavity: Values
    below_skin: Values

    @classmethod
    def of(cls, points: Values, torso: Torso) -> Place:
        """Where points lie in a torso."""
        radius, theta = torso.polar(points)
        cavity, skin = torso.cavity_radius(theta, points[:, 2]), torso.skin_radius(theta, points[:, 2])
        return cls(points, theta, radius / cavity, radius - cavity, skin - radius)

    def only(self, chosen: np.ndarray) -> Place:
        """The same for some of the points."""
        return Place(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def _oval(theta: Values, width: float, depth: float) -> Values:
    """Radius of a superellipse, between ellipse and box like a chest."""
    return np.asarray((np.abs(np.cos(theta) / width) ** 2.5 + np.abs(np.sin(theta) / depth) ** 2.5) ** (-1 / 2.5))
