import math

import pytest
import torch

from registration.correspondences.cost_volume import Labels
from registration.correspondences.selection import Selection
from registration.correspondences.settings import SHARPNESS, VALUES
from registration.correspondences.statistics import PER_LEVEL, level_statistics

LABELS = Labels(2.0, 3, 1)
OFFSETS = LABELS.offsets()


def costs_of(count: int) -> torch.Tensor:
    return 0.02 * torch.rand(count, len(OFFSETS), generator=torch.Generator().manual_seed(8))


def statistics_of(costs: torch.Tensor, regularised: torch.Tensor) -> torch.Tensor:
    moved = torch.full((len(costs), 3), 1.0)
    selection = Selection(moved, moved, regularised)
    return level_statistics(costs, selection, torch.zeros(len(costs), 3), OFFSETS, LABELS.step_mm)


def test_each_number_is_what_its_name_says():
    costs = costs_of(1)
    regularised = costs + 1e-4 * OFFSETS.square().sum(1)
    found = statistics_of(costs, regularised)[0].tolist()
    plain, selected = OFFSETS[costs.argmin()], OFFSETS[regularised.argmin()]
    far = (OFFSETS - plain).abs().amax(1) > 1.5 * LABELS.step_mm
    raw, regular = (torch.softmax(-SHARPNESS * c[0].double(), 0) for c in (costs, regularised))
    mean = regular @ OFFSETS.double()
    spread = math.sqrt(float(regular @ (OFFSETS - mean).square().sum(1)))
    expected = [
        10 * costs.min(),
        10 * costs.mean(),
        10 * costs.std(),
        -(raw * raw.log()).sum() / math.log(len(OFFSETS)),
        -(regular * regular.log()).sum() / math.log(len(OFFSETS)),
        spread / LABELS.step_mm,
        math.log1p(100 * (costs[0, far].min() - costs.min())),
        math.log1p(100 * (costs[0, regularised.argmin()] - costs.min())),
        math.log1p((plain - selected).norm() / LABELS.step_mm),
        math.log1p(math.sqrt(3) / LABELS.step_mm),
        float(selected.abs().max() == 6),
    ]
    assert found == pytest.approx([float(v) for v in expected], abs=2e-5)


def test_every_keypoint_has_its_own_numbers_however_many_there_are():
    count = 2 * VALUES // len(OFFSETS) + 5
    costs = costs_of(count)
    together = statistics_of(costs, costs)
    assert together.shape == (count, PER_LEVEL)
    for n in (0, count // 2, count - 1):
        assert torch.allclose(together[n], statistics_of(costs[n : n + 1], costs[n : n + 1])[0], atol=1e-6)


def test_a_label_on_the_rim_of_the_search_says_so():
    costs = torch.full((2, len(OFFSETS)), 0.5)
    costs[0, 0], costs[1, len(OFFSETS) // 2] = 0.1, 0.1
    assert statistics_of(costs, costs)[:, -1].tolist() == [1.0, 0.0]
