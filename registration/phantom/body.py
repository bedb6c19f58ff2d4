"""One body as a continuous function of the patient millimetre: every grid that samples it sees the same anatomy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from registration.geometry.grid import Floats
from registration.phantom.abdomen import paint_abdomen
from registration.phantom.noise import Noise
from registration.phantom.organs import Ball, Organs
from registration.phantom.plumbing import Plumbing, plumb
from registration.phantom.shading import Values
from registration.phantom.thorax import paint_thorax
from registration.phantom.torso import Place, Torso
from registration.phantom.wall import AIR, FAT, paint_wall

CHUNK = 1 << 17
FAR_MM = 99.0
RIM_MM = 2.0
"""Wall and cavity are each painted this far beyond their border, where partial volume ends."""


@dataclass(frozen=True)
class Look:
    """Intensity (N,) HU; signed distance (N,) mm to lung and liver, negative inside, `FAR_MM` outside the cavity."""

    hounsfield: Values
    lung_mm: Values
    liver_mm: Values


@dataclass(frozen=True)
class Body:
    """A body at rest, the anatomy of the moving scan. Lesions: a lung nodule and a liver tumour, always there."""

    torso: Torso
    organs: Organs
    texture: Noise
    plumbing: Plumbing
    nodule: Ball
    liver_tumour: Ball

    @classmethod
    def random(cls, rng: np.random.Generator) -> Body:
        """A body of random stature, organs, vessels, texture and lesions."""
        torso, organs, texture = Torso.random(rng), Organs.random(rng), Noise(rng, 3)
        plumbing = plumb(torso, organs, rng)
        nodule = _lesion(plumbing.lung_points, rng, (8.0, 13.0))
        return cls(torso, organs, texture, plumbing, nodule, _lesion(plumbing.liver_points, rng, (8.0, 13.0)))

    def look(self, points: ArrayLike, jacobian: ArrayLike | None = None, ablated: Ball | None = None) -> Look:
        """What there is at points (N, 3) mm of the body at rest.

        jacobian (N,): volume at rest over volume when scanned. Lung tissue that is blown up is thinner, by its mass:
        HU + 1000 = J (HU at rest + 1000). `ablated`: the zone in the liver where tissue has been destroyed.
        """
        flat = np.asarray(points, np.float32).reshape(-1, 3)
        volume = np.ones(len(flat), np.float32) if jacobian is None else np.asarray(jacobian, np.float32).ravel()
        parts = [self._look(flat[i : i + CHUNK], volume[i : i + CHUNK], ablated) for i in range(0, len(flat), CHUNK)]
        return Look(*(np.concatenate([getattr(part, name) for part in parts]) for name in Look.__dataclass_fields__))

    def _look(self, points: Values, jacobian: Values, ablated: Ball | None) -> Look:
        place = Place.of(points, self.torso)
        canvas = np.where(place.beyond_cavity < 0, FAT, AIR).astype(np.float32)
        wall = np.flatnonzero((place.beyond_cavity > -RIM_MM) & (place.below_skin > -RIM_MM))
        canvas[wall] = paint_wall(place.only(wall), self.texture)
        look = Look(canvas, np.full(len(points), FAR_MM, np.float32), np.full(len(points), FAR_MM, np.float32))
        inside = np.flatnonzero(place.beyond_cavity < RIM_MM)
        part = place.only(inside)
        shapes = self.organs.shapes(part)
        inner = paint_abdomen(
            canvas[inside], shapes, self.organs, self.texture, self.plumbing, self.liver_tumour, ablated
        )
        look.hounsfield[inside] = paint_thorax(
            inner, shapes, self.texture, self.plumbing, self.nodule, jacobian[inside]
        )
        look.lung_mm[inside], look.liver_mm[inside] = shapes.lung, shapes.liver
        return look


def _lesion(points: Floats, rng: np.random.Generator, radii: tuple[float, float]) -> Ball:
    """A slightly oblong ball at one of the points."""
    x, y, z = (float(v) for v in points[rng.integers(len(points))])
    size = rng.uniform(*radii)
    a, b, c = (float(v) for v in size * rng.uniform(0.85, 1.15, 3))
    return Ball((x, y, z), (a, b, c))
