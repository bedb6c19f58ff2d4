"""Liver, spleen, kidneys, stomach and bowel, painted into the cavity below the diaphragm."""

from __future__ import annotations

import numpy as np

from registration.phantom.noise import Noise
from registration.phantom.organs import Ball, Organs, Shapes
from registration.phantom.plumbing import Plumbing
from registration.phantom.shading import Values, ellipsoid, paint

FAT, BOWEL, MESENTERY, GAS, DIAPHRAGM = -100.0, 38.0, 90.0, -880.0, 55.0
LIVER, LIVER_VESSEL, TUMOUR, ABLATED, RIM = 104.0, 178.0, 52.0, 34.0, 132.0
SPLEEN, CORTEX, MEDULLA, PELVIS, CAVA = 122.0, 178.0, 120.0, -40.0, 132.0
STOMACH_WALL, STOMACH = 70.0, 26.0


def paint_abdomen(
    canvas: Values,
    shapes: Shapes,
    organs: Organs,
    noise: Noise,
    plumbing: Plumbing,
    tumour: Ball,
    ablated: Ball | None,
) -> Values:
    """Intensities (N,) HU with the abdomen below the diaphragm; `ablated` covers the tumour where it is given."""
    chosen = np.flatnonzero(shapes.above < 6)
    belly = shapes.only(chosen)
    points = belly.place.points
    grain = noise.at(points, 5.0)
    painted = paint(canvas[chosen], _bowel(points, noise), belly.belly)
    painted = paint(painted, DIAPHRAGM, np.abs(belly.above) - 1.6, 2.0)
    painted = _stomach(painted, organs.stomach(belly), belly.bent, grain)
    painted = paint(painted, SPLEEN + 6 * grain, organs.spleen(belly))
    painted = _kidneys(painted, organs.kidneys(belly), grain)
    painted = _liver(painted, belly, noise, plumbing)
    result = canvas.copy()
    result[chosen] = _lesion(painted, points, noise, tumour, ablated)
    return result


def _bowel(points: Values, noise: Noise) -> Values:
    """Loops of bowel in fat, with pockets of gas and thin mesenteric vessels."""
    loops = noise.at(points, 22.0)
    grain = noise.at(points, 6.0, 2)
    canvas = paint(FAT + 6 * grain, BOWEL + 10 * grain, 2.0 - 8 * loops, 2.5)
    canvas = paint(canvas, MESENTERY + 5 * grain, 9 * np.abs(noise.at(points, 34.0, 1)) - 0.9, 2.0)
    return paint(canvas, GAS, 15 - 8 * loops, 2.0)


def _stomach(canvas: Values, stomach: Values, bent: Values, grain: Values) -> Values:
    """Wall, fluid, and gas that rises to the front."""
    canvas = paint(canvas, STOMACH_WALL, stomach)
    canvas = paint(canvas, STOMACH + 12 * grain, stomach + 4)
    return paint(canvas, GAS, np.maximum(stomach + 4, bent[:, 1] + 38))


def _kidneys(canvas: Values, kidneys: Values, grain: Values) -> Values:
    canvas = paint(canvas, CORTEX + 6 * grain, kidneys)
    canvas = paint(canvas, MEDULLA + 14 * grain, kidneys + 7, 4.0)
    return paint(canvas, PELVIS, kidneys + 16, 3.0)


def _liver(canvas: Values, belly: Shapes, noise: Noise, plumbing: Plumbing) -> Values:
    """The liver with portal and hepatic veins, and the vena cava behind it."""
    points = belly.place.points
    tissue = LIVER + 5 * noise.at(points, 5.0) + 5 * noise.at(points, 18.0, 1)
    canvas = paint(canvas, tissue, belly.liver)
    canvas = paint(canvas, LIVER_VESSEL, np.maximum(plumbing.liver_vessels.at(points), belly.liver - 12), 1.6)
    cava = ellipsoid(belly.bent * np.array((1, 1, 0), np.float32), (-20.0, 32.0, 0.0), (12.0, 10.0, 12.0))
    return paint(canvas, CAVA, np.maximum(cava, belly.belly))


def _lesion(canvas: Values, points: Values, noise: Noise, tumour: Ball, ablated: Ball | None) -> Values:
    """The tumour, or the burnt zone with its bright rim."""
    grain = noise.at(points, 7.0, 1)
    if ablated is None:
        return paint(canvas, TUMOUR + 7 * grain, tumour.distance(points) + 1.5 * noise.at(points, 12.0), 2.0)
    zone = ablated.distance(points)
    return paint(paint(canvas, RIM, zone - 2, 3.0), ABLATED + 6 * grain, zone, 2.0)
