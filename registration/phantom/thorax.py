"""Lungs, heart and the great vessels of the chest, painted over what lies in the cavity."""

from __future__ import annotations

import numpy as np

from registration.phantom.noise import Noise
from registration.phantom.organs import Ball, Shapes
from registration.phantom.plumbing import Plumbing
from registration.phantom.shading import Values, ellipsoid, paint, share_inside

LUNG, VESSEL, MUSCLE, BLOOD, NODULE, AIRWAY = -865.0, 62.0, 85.0, 150.0, 42.0, -985.0
CHAMBERS = ((4.0, -30.0, 46.0), (24.0, 26.0, 28.0)), ((38.0, -42.0, 26.0), (24.0, 19.0, 22.0))


def paint_thorax(
    canvas: Values, shapes: Shapes, noise: Noise, plumbing: Plumbing, nodule: Ball, jacobian: Values
) -> Values:
    """Intensities (N,) HU with the chest above the diaphragm. `jacobian` thins the lung, see `Body.look`."""
    chosen = np.flatnonzero(shapes.above > -4)
    chest = shapes.only(chosen)
    tissue = (_lung_tissue(chest.place.points, noise) + 1000) * jacobian[chosen] - 1000
    painted = paint(_mediastinum(canvas[chosen], chest, noise), tissue, chest.lung)
    painted = _vessels_and_nodule(painted, chest, noise, plumbing, nodule)
    result = canvas.copy()
    result[chosen] = _airways(painted, chest, plumbing)
    return result


def _mediastinum(canvas: Values, chest: Shapes, noise: Noise) -> Values:
    """The heart with its chambers and the arch of the aorta, in fat."""
    grain = noise.at(chest.place.points, 6.0, 1)
    canvas = paint(canvas, MUSCLE + 6 * grain, np.maximum(chest.heart, -chest.above))
    for centre, radii in CHAMBERS:
        canvas = paint(canvas, BLOOD + 5 * grain, ellipsoid(chest.bent, centre, radii), 3.0)
    flat = chest.bent * np.array((1, 1, 0), np.float32)
    arch = np.maximum(ellipsoid(flat, (6.0, -24.0, 0.0), (13.0, 13.0, 13.0)), np.abs(chest.bent[:, 2] - 85) - 30)
    return paint(canvas, BLOOD, arch)


def _lung_tissue(points: Values, noise: Noise) -> Values:
    """Air sacs with fine and coarse texture, denser towards the back where blood sinks."""
    fine, coarse = noise.at(points, 4.0), noise.at(points, 20.0, 2)
    return np.asarray(LUNG + 22 * fine + 18 * coarse + 0.35 * points[:, 1])


def _vessels_and_nodule(canvas: Values, chest: Shapes, noise: Noise, plumbing: Plumbing, nodule: Ball) -> Values:
    points = chest.place.points
    within = np.maximum(chest.lung - 26, chest.place.beyond_cavity + 3)  # roots reach into the mediastinum
    canvas = paint(canvas, VESSEL, np.maximum(plumbing.lung_vessels.at(points), within), 1.6)
    lobed = nodule.distance(points) + 1.6 * noise.at(points, 12.0)
    return paint(canvas, NODULE + 10 * noise.at(points, 5.0), lobed)


def _airways(canvas: Values, chest: Shapes, plumbing: Plumbing) -> Values:
    """Air in a thin wall, outside the heart."""
    airway = np.maximum(plumbing.airways.at(chest.place.points), 2 - chest.heart)
    wall = canvas + np.maximum(20 - canvas, 0) * share_inside(airway - 1.1)
    return paint(wall, AIRWAY, airway)
