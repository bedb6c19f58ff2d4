"""The body around the cavity: skin, fat, muscle, ribs, breastbone and spine."""

from __future__ import annotations

import numpy as np

from registration.phantom.noise import Noise
from registration.phantom.shading import Values, ellipsoid, paint, smooth_step
from registration.phantom.torso import Place

AIR, FAT, MUSCLE, SKIN, MARROW, CORTEX, DISC, CORD, BLOOD = -1000.0, -105.0, 58.0, 20.0, 190.0, 620.0, 75.0, 30.0, 150.0
RIB_PITCH_MM, RIB_SLOPE, VERTEBRA_MM = 25.0, 0.38, 27.0
SPINE_Y = 70.0


def paint_wall(place: Place, noise: Noise) -> Values:
    """Intensities (N,) HU of skin, fat, muscle and bones; the cavity itself is filled with fat."""
    points = place.points
    grain = noise.at(points, 5.0)
    streaks = np.clip(noise.at(points * np.array((1, 1, 0.35), np.float32), 11.0) - 0.9, 0, 1)
    muscle = MUSCLE + 9 * grain - 130 * streaks
    fat = FAT + 8 * grain + 90 * np.clip(noise.at(points, 16.0, 1) - 1.2, 0, 1)
    fat_mm = 11 + 4 * noise.at(points, 70.0, 2)
    body = paint(fat, muscle, fat_mm - place.below_skin, 3.0)
    body = paint(np.full(len(points), AIR, np.float32), paint(body, SKIN, place.below_skin - 2), -place.below_skin)
    body = paint(body, fat, place.beyond_cavity)
    body = _spine(_ribs(body, place, grain), points, grain)
    return paint(body, BLOOD + 5 * grain, np.maximum(_aorta(points), -place.beyond_cavity))


def _ribs(body: Values, place: Place, grain: Values) -> Values:
    """Ribs: slanted rings in the wall, missing beside the spine; the breastbone in front."""
    points = place.points
    height = points[:, 2] - RIB_SLOPE * points[:, 1]
    across = np.mod(height, RIB_PITCH_MM) - RIB_PITCH_MM / 2
    within = (place.beyond_cavity - 9) / 4.5
    ring = (np.hypot(within, across / 6.5) - 1) * 4.5
    gap = 26 - np.abs(points[:, 0]) - 200 * (points[:, 1] < 0)  # beside the spine
    low = -45 + 0.5 * points[:, 1] - points[:, 2]  # under the arch
    front = np.asarray(22 - np.hypot(points[:, 0], 0.001) - 200 * (points[:, 1] > 0))
    ribs = np.maximum.reduce([ring, gap, low, front])
    bone = paint(np.asarray(CORTEX * 0.75 + 40 * grain), MARROW + 30 * grain, ribs + 2.0, 2.0)
    cartilage = smooth_step(-points[:, 1] - 0.3 * np.abs(points[:, 0]), 38.0, 46.0)[0]
    body = paint(body, bone * (1 - cartilage) + 110 * cartilage, ribs)
    plate = np.maximum.reduce(
        [np.abs(place.beyond_cavity - 10) - 5, np.abs(points[:, 0]) - 17, points[:, 1], 10 - points[:, 2]]
    )
    return paint(body, 260 + 40 * grain, plate)


def _spine(body: Values, points: Values, grain: Values) -> Values:
    """Vertebrae and discs in front, the arch with its processes and the cord behind."""
    near = (np.abs(points[:, 0]) < 48) & (points[:, 1] > 40)
    x, y, z = points[near].T
    level = np.abs(np.mod(z, VERTEBRA_MM) - VERTEBRA_MM / 2)  # 0 in the middle of a vertebra
    waist = 1.5 * smooth_step(VERTEBRA_MM / 2 - level, 2.0, 8.0)[0]
    column = (np.hypot(x / 21, (y - SPINE_Y) / 16) - 1) * 17 + waist
    vertebra = np.maximum(column, level - 10.5)
    arch = np.maximum(np.abs(np.hypot(x / 1.1, y - SPINE_Y - 26) - 12) - 3.2, level - 9)
    spinous = np.maximum.reduce([np.abs(x) - 3.2, np.abs(y - SPINE_Y - 41) - 10, np.abs(level - 2) - 6])
    transverse = np.maximum.reduce([np.abs(y - SPINE_Y - 20) - 4.5, np.abs(x) - 34, level - 5])
    rough, part = grain[near], body[near]
    part = paint(part, MUSCLE, np.hypot(x / 30, (y - SPINE_Y - 18) / 34) * 30 - 30, 3.0)
    part = paint(part, DISC + 6 * rough, np.maximum(column, level - VERTEBRA_MM))
    for bone in (arch, spinous, transverse, vertebra):
        part = paint(part, CORTEX + 60 * rough, bone)
        part = paint(part, MARROW + 55 * rough, bone + 2.2, 1.6)
    part = paint(part, CORD, np.hypot(x, y - SPINE_Y - 26) - 8.5)
    result = body.copy()
    result[near] = part
    return result


def _aorta(points: Values) -> Values:
    """Signed distance (N,) mm to the descending aorta, which lies on the left front of the spine."""
    tall = points * np.array((1, 1, 0), np.float32)
    return ellipsoid(tall, (16.0, 48.0, 0.0), (10.5, 10.5, 10.5))
