"""Vessels and airways of one body, grown into its lungs and liver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registration.geometry.grid import Floats
from registration.phantom.organs import Organs
from registration.phantom.shading import Values
from registration.phantom.torso import Place, Torso
from registration.phantom.trees import Tree, grow_tree, join, tube
from registration.phantom.tubes import TubeMap

LUNG_TERMINALS, AIRWAY_TERMINALS, LIVER_TERMINALS = 300, 60, 140
DEEP_MM = 18.0
"""Lesions lie at least this deep in their organ."""


@dataclass(frozen=True)
class Plumbing:
    """Distance maps of the trees, the points where lung and liver vessels part, and deep points for lesions."""

    lung_vessels: TubeMap
    airways: TubeMap
    liver_vessels: TubeMap
    lung_forks: Floats
    liver_forks: Floats
    lung_points: Floats
    liver_points: Floats


def plumb(torso: Torso, organs: Organs, rng: np.random.Generator) -> Plumbing:
    """Trees that fill the lungs (arteries, veins, airways) and the liver (portal and hepatic veins)."""
    points = rng.uniform((-130, -95, -150), (130, 85, 175), (60_000, 3)).astype(np.float32)
    place = Place.of(points, torso)
    shapes = organs.shapes(place)
    lung, liver = shapes.lung, shapes.liver
    right, left = points[(lung < -3) & (points[:, 0] < 0)], points[(lung < -3) & (points[:, 0] > 0)]
    vessels, airways = _lung_trees(right, left, rng)
    liver_trees = _liver_trees(points[liver < -4], rng)
    return Plumbing(
        TubeMap(vessels),
        TubeMap(airways),
        TubeMap(liver_trees),
        vessels.bifurcations,
        liver_trees.bifurcations,
        points[lung < -DEEP_MM].astype(np.float64),
        points[liver < -DEEP_MM].astype(np.float64),
    )


def _lung_trees(right: Values, left: Values, rng: np.random.Generator) -> tuple[Tree, Tree]:
    """Arteries and veins of both lungs, and the airways from the windpipe down."""
    artery = [_fill((-28, -4, 70), right, LUNG_TERMINALS, 7.5, rng), _fill((30, 0, 74), left, LUNG_TERMINALS, 7.5, rng)]
    vein = [
        _fill((-30, -14, 56), right, LUNG_TERMINALS, 7.0, rng),
        _fill((32, -10, 60), left, LUNG_TERMINALS, 7.0, rng),
    ]
    trunks = [tube(np.array([(-28.0, -4, 70), (6, -16, 72), (30, 0, 74)]), 10.0)]
    bronchi = [
        _fill((-26, 6, 80), right, AIRWAY_TERMINALS, 5.5, rng),
        _fill((34, 8, 78), left, AIRWAY_TERMINALS, 5.5, rng),
    ]
    windpipe = [
        tube(np.array([(0.0, 4, 260), (0, 4, 150), (2, 8, 100)]), 8.5),
        tube(np.array([(-26.0, 6, 80), (2, 8, 100), (34, 8, 78)]), 6.5),
    ]
    return join(artery + vein + trunks), join(bronchi + windpipe)


def _liver_trees(points: Values, rng: np.random.Generator) -> Tree:
    """Portal veins from the hilum below, hepatic veins from the back above."""
    portal = _fill((-22, 6, -66), points, LIVER_TERMINALS, 7.0, rng)
    hepatic = _fill((-16, 24, -8), points, LIVER_TERMINALS, 6.0, rng)
    return join([portal, hepatic, tube(np.array([(-22.0, 6, -66), (6, 10, -110)]), 7.5)])


def _fill(
    root: tuple[float, float, float], points: Values, terminals: int, radius: float, rng: np.random.Generator
) -> Tree:
    chosen = points[rng.choice(len(points), min(terminals, len(points)), replace=False)]
    return grow_tree(root, chosen.astype(np.float64), radius, rng)
