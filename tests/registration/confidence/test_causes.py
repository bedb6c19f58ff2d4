"""Each cause of doubt grows with the trouble it is named after, and with that alone where one can tell."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from registration.confidence.causes import CAUSES, causes_of_doubt
from registration.field.lattice import nodes_over
from registration.geometry import Grid
from registration.kernel.keys import Spread
from registration.sampling import ChannelMap, gaussian_blur
from registration.working import WorkingScan

GRID = Grid((33, 29, 27), (2.0, 2.0, 2.0), (-40.0, 12.0, 100.0))
NODES = nodes_over(GRID)
MIDDLE = (slice(4, -4),) * 3
MASK = torch.ones(GRID.shape, dtype=torch.bool)


def scan(*, structure=1.0, noise=0.0) -> WorkingScan:
    generator = torch.Generator().manual_seed(3)
    pattern = gaussian_blur(torch.randn(1, *GRID.shape, generator=generator), 1.5)[0]
    image = 0.5 + structure * 0.5 * pattern / pattern.abs().max() + noise * torch.randn(GRID.shape, generator=generator)
    return WorkingScan(image, MASK, GRID)


def spread(disagreement=1.0, support=0.8, distance=5.0) -> Spread:
    values = (
        torch.full((NODES.shape[0] * NODES.shape[1] * NODES.shape[2],), v) for v in (disagreement, support, distance)
    )
    return Spread(torch.zeros(0, 3), *values, torch.zeros(0))


def still(value=0.0) -> ChannelMap:
    return ChannelMap(torch.full((*NODES.shape, 3), value), NODES)


def doubt(*, said=None, start=None, field=None, scans=None) -> dict[str, torch.Tensor]:
    fixed, moving = scans or (scan(), scan())
    causes = causes_of_doubt(said or spread(), start or still(), field or still(), (fixed, moving), MASK)
    assert causes.grid == NODES
    assert torch.isfinite(causes.values).all()
    return {name: causes.values[MIDDLE][..., i] for i, name in enumerate(CAUSES)}


def grew(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> set[str]:
    return {name for name in CAUSES if after[name].mean() > before[name].mean() + 1e-4}


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        ({"said": spread(disagreement=4.0)}, "disagreement"),
        ({"said": spread(support=0.2)}, "doubt"),
        ({"said": spread(distance=20.0)}, "distance"),
        ({"start": still(2.0)}, "moved"),
        ({"scans": (scan(), scan(noise=0.1))}, "ambiguity"),
        ({"scans": (scan(structure=0.02), scan(structure=0.02))}, "ambiguity"),
    ],
)
def test_one_trouble_is_one_cause(trouble, cause):
    assert grew(doubt(), doubt(**trouble)) == {cause}


def test_an_uneven_field_is_doubted_for_what_it_does():
    x = torch.from_numpy(NODES.voxel_points()[..., 0]).float()
    wavy = ChannelMap(torch.stack([torch.sin(x / 5), torch.zeros_like(x), torch.zeros_like(x)], -1), NODES)
    assert {"unevenness", "change of volume"} <= grew(
        doubt(start=wavy, field=wavy), doubt(start=wavy, field=replace(wavy, values=2 * wavy.values))
    )


def test_a_swelling_changes_volume_as_much_as_it_says():
    points = torch.from_numpy(NODES.voxel_points()).float()
    swelling = ChannelMap(0.1 * (points - points.mean((0, 1, 2))), NODES)
    assert torch.allclose(doubt(field=swelling)["change of volume"], torch.tensor(3 * np.log(1.1)).float(), atol=1e-3)


def test_what_the_moving_scan_does_not_show_is_unseen():
    away = still(30.0)
    found = doubt(start=away, field=away)["unseen"]
    assert doubt()["unseen"].max() < 1e-5
    assert found[0, 0, 0] < 0.9 < found[-1, -1, -1]
