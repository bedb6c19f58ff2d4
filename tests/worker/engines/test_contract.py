"""What every engine promises, over torch in this process and over a real model server, scans sent or shared."""

import numpy as np
import pytest
import torch

from registration.field.finish import FinishSettings
from registration.field.lattice import nodes_over
from registration.geometry import Grid
from registration.keypoints.detect import Keypoints
from registration.sampling import ChannelMap
from registration.torch_engine import TorchEngine
from registration.working import WorkingPair
from tests.builders.served_models import texture
from worker.engines.server import ModelServer
from worker.engines.triton import connected

TOLERANCE_MM = 1e-3
"""Engines may add up in another order; a keypoint between two labels may then move, so a few of them are allowed to."""
SIZES = [((33, 29, 27), (35, 31, 26)), ((20, 41, 18), (24, 36, 22))]
"""Of the fixed and of the moving scan, (x, y, z), odd on purpose."""


@pytest.fixture(params=["torch", "triton, sent", "triton, shared"])
def engine(request):
    if request.param == "torch":
        return TorchEngine()
    url = request.getfixturevalue("triton").url
    return connected(ModelServer(url), shared=request.param.endswith("shared"))


def scans(fixed, moving, seed=1) -> WorkingPair:
    """The moving scan is the same texture, 4 mm along x and 2 mm along z farther on."""
    grids = Grid(fixed, (2.0,) * 3, (8.0, -12.0, 4.0)), Grid(moving, (2.0,) * 3, (4.0, -12.0, 4.0))
    whole = texture((60, 60, 60), seed)
    images = [whole[:z, :y, :x].clone() for x, y, z in (fixed, moving)]
    images[1] = whole[1 : 1 + moving[2], : moving[1], : moving[0]].clone()
    inside = [torch.ones_like(image, dtype=torch.bool) for image in images]
    return WorkingPair(images[0], inside[0], grids[0], images[1], inside[1], grids[1])


def keypoints(grid: Grid, count: int) -> Keypoints:
    random = np.random.default_rng(count)
    points = grid.index_to_mm(random.uniform(3, np.array(grid.size) - 4, (count, 3)))
    return Keypoints(torch.from_numpy(points).float(), torch.rand(count, generator=torch.Generator().manual_seed(1)))


def both(pair: WorkingPair) -> tuple[Keypoints, Keypoints]:
    return keypoints(pair.fixed_grid, 90), keypoints(pair.moving_grid, 70)


def start(pair: WorkingPair) -> ChannelMap:
    lattice = nodes_over(pair.fixed_grid)
    return ChannelMap(torch.zeros(*lattice.shape, 3) + torch.tensor([-4.0, 0.0, -1.0]), lattice)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_keypoints_are_found_in_the_other_scan(engine, sizes):
    pair = scans(*sizes)
    with engine.open(pair) as opened:
        matched = opened.match(*both(pair))
    assert matched.points.shape == (160, 3)
    assert matched.statistics.shape == (160, 36)
    wrong = (matched.displacement - torch.tensor([-4.0, 0.0, -2.0])).norm(dim=1)
    assert wrong.median() < 0.5


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_the_field_is_finished(engine, sizes):
    pair = scans(*sizes)
    compared = torch.ones_like(pair.fixed, dtype=torch.bool)
    with engine.open(pair) as opened:
        field = opened.finish(start(pair), compared, FinishSettings())
    assert field.grid == nodes_over(pair.fixed_grid)
    core = field.values[2:-2, 2:-2, 2:-2]
    assert (core - torch.tensor([-4.0, 0.0, -2.0])).norm(dim=-1).median() < 0.2


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("share", [0.6, 0.0])
def test_results_are_those_of_torch_in_this_process(engine, sizes, share):
    pair = scans(*sizes, seed=2)
    compared = torch.rand(pair.fixed.shape, generator=torch.Generator().manual_seed(4)) > 0.1
    found = []
    for one in (TorchEngine(), engine):
        with one.open(pair) as opened:
            field = opened.finish(start(pair), compared, FinishSettings(smoothness=0.9, descriptors=share))
            found.append((opened.match(*both(pair)), field.values))
    (expected, field), (matched, other) = found
    assert (field - other).abs().max() < TOLERANCE_MM
    apart = (expected.displacement - matched.displacement).norm(dim=1)
    assert (apart < TOLERANCE_MM).float().mean() > 0.99
    assert torch.equal(expected.points[:90], matched.points[:90])


def test_a_pair_can_be_opened_again_and_again(engine):
    pair = scans(*SIZES[0])
    for _ in range(3):
        with engine.open(pair) as opened:
            assert opened.match(*both(pair)).confidence.max() <= 1
