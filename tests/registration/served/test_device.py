"""The served work makes every tensor of its own on the device of its inputs, shown on torch's `meta` device.

It computes no values and refuses to mix devices, as a GPU does; no GPU is needed to notice what one would refuse.
"""

import pytest
import torch

from registration.correspondences.cost_volume import Labels, offsets_of, patch_costs
from registration.correspondences.selection import Selection, select
from registration.correspondences.statistics import level_statistics
from registration.features.matching import descriptors
from registration.field.diffusion import solved
from registration.field.finish import _between_nodes, _halved, _places
from registration.field.likeness import (
    ContrastMap,
    Equations,
    contrast_equations,
    descriptor_equations,
    local_contrast,
)
from registration.sampling import PlacedMap, blurred_along, look_up

LABELS = Labels(4.0, 2, 1)
NODES = (11, 12, 13)


def there(*shape, dtype=torch.float32):
    return torch.empty(shape, dtype=dtype, device="meta")


def placed(*shape):
    spacing = torch.full((3,), 2.0, dtype=torch.float64)  # read as numbers, which `meta` has not
    return PlacedMap(there(*shape), there(3, dtype=torch.float64), spacing, there(3, 3, dtype=torch.float64))


def selected():
    graph = there(50, 15, dtype=torch.long), there(50, 15)
    offsets = offsets_of(LABELS).to(there(1))
    return select(there(50, 125), there(50, 3), there(50, 3), offsets, graph, stiffness=1e-3, sigma_mm=8.0)


def contrast():
    scan = ContrastMap(there(5, 22, 20, 26), there(3), there(3))
    return contrast_equations(there(20, 22, 24), scan, there(20, 22, 24), there(3, 20, 22, 24))


WORK = {
    "descriptors": lambda: descriptors(there(20, 22, 24)),
    "look-up": lambda: look_up(placed(20, 22, 24, 12), there(50, 3)),
    "blur": lambda: blurred_along(there(2, *NODES), 1.2, 2),
    "costs": lambda: patch_costs(there(5, 27, 12), there(5, 7, 7, 7, 12), there(5, 7, 7, 7), LABELS),
    "selection": selected,
    "statistics": lambda: level_statistics(
        there(50, 125),
        Selection(there(50, 3), there(50, 3), there(50, 125)),
        there(50, 3),
        offsets_of(LABELS).to(there(1)),
        4.0,
    ),
    "local contrast": lambda: local_contrast(there(20, 22, 24)),
    "contrast equations": contrast,
    "descriptor equations": lambda: descriptor_equations(there(9, 12), placed(20, 22, 24, 12), there(9, 3)),
    "places": lambda: _places(PlacedMap(*(there(3, dtype=torch.float64) for _ in range(4))), 2, there(*NODES)),
    "halved": lambda: _halved(there(20, 22, 24)),
    "between nodes": lambda: _between_nodes(there(3, *NODES), there(20, 22, 24)),
    "solver": lambda: solved(
        there(3, *NODES),
        Equations(there(6, *NODES), there(3, *NODES)),
        smoothness=0.8,
        edge=0.3,
        step_mm=4.0,
        sweeps=2,
    ),
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_what_is_computed_elsewhere_stays_there(work):
    found = work()
    tensors = [found] if isinstance(found, torch.Tensor) else list(found)
    assert {tensor.device.type for tensor in tensors} == {"meta"}


def test_the_meta_device_refuses_to_mix():
    with pytest.raises(RuntimeError, match="device"):
        torch.ones(3) + there(3)
