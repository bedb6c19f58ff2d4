"""Phantoms on coarse grids, made once."""

import pytest

from registration.geometry import Grid
from registration.phantom import Appearance, PhantomPair, make_phantom

COARSE = {
    "thorax": Grid((84, 66, 72), (4.0, 4.0, 4.0), (-166.0, -138.0, -100.0)),
    "abdomen": Grid((84, 66, 60), (4.0, 4.0, 4.0), (-166.0, -138.0, -180.0)),
}


@pytest.fixture(scope="session")
def thorax() -> PhantomPair:
    return make_phantom("thorax", seed=1, grid=COARSE["thorax"])


@pytest.fixture(scope="session")
def abdomen() -> PhantomPair:
    return make_phantom("abdomen", seed=2, grid=COARSE["abdomen"], appearance=Appearance(noise=0))


@pytest.fixture(params=["thorax", "abdomen"])
def pair(request) -> PhantomPair:
    return request.getfixturevalue(request.param)
