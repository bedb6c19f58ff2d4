"""Small pairs in the layout of Learn2Reg, results as numbers, and a method that needs a millisecond."""

import numpy as np
import pytest

from benchmarks.cases import Case
from experiments.ablation.method import Group, Method, Row
from registration.errors import MethodError
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.phantom import make_phantom
from registration.volume import Volume
from tests.builders.learn2reg import write_learn2reg
from tests.builders.shifted import FIXED, MOVING, SHIFT, texture

RIGHT_SIDE = Grid((36, 40, 30), (2.5, 2.5, 4.0), (-102.5, -55.0, -54.0))


@pytest.fixture(scope="session")
def nlst(tmp_path_factory):
    """A folder like that of NLST with two halves of phantom chests."""
    folder = tmp_path_factory.mktemp("data") / "NLST"
    write_learn2reg([make_phantom("thorax", seed=seed, grid=RIGHT_SIDE) for seed in (3, 4)], folder)
    return folder


@pytest.fixture
def case():
    """Two textures that differ by where they lie; landmarks that a shift misses by 0, 1, 2, ... mm."""
    points = np.array([[0.0, 30.0, 320.0]]) + 3.0 * np.arange(10)[:, None]
    missed = np.array([1.0, 0.0, 0.0]) * np.arange(10)[:, None]
    scans = (Volume(texture().astype(np.float32), grid) for grid in (FIXED, MOVING))
    return Case("a pair", *scans, "auto", points, points + SHIFT + missed)


@pytest.fixture
def method():
    """A method that finds the shift of the grids and nothing else; it counts how often it is asked."""
    asked = []

    def registered(case):
        asked.append(case.name)
        if case.fixed.grid.size != case.moving.grid.size:
            raise MethodError("scans-do-not-overlap", "The two scans show no common region.")
        shift = np.broadcast_to(np.float32(SHIFT), (*case.fixed.grid.shape, 3))
        return DisplacementField(shift, case.fixed.grid)

    return Method(registered, {"asked": asked})


@pytest.fixture
def group():
    """Makes a group of rows from methods by name."""
    return lambda **methods: Group("A group", tuple(Row(n, f"row {n}", lambda m=m: m) for n, m in methods.items()))
