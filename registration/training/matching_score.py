"""Features are judged as the matcher uses them: distance of the best label from the truth at keypoints, beside MIND."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from registration.correspondences.cost_volume import cost_volume
from registration.features.encoder import Encoder
from registration.features.learned import learned_features, strided
from registration.features.mind import mind_ssc
from registration.keypoints.detect import body_mask, detect_keypoints
from registration.sampling import ChannelMap, gaussian_blur
from registration.training.examples import windowed
from registration.training.matching_loss import SCALES, matching_error
from registration.training.synthetic import SyntheticPair
from registration.volume import Volume

KEYPOINTS = 300
FINE, COARSE = (scale.labels for scale in SCALES[:2])
START_ERROR_MM = {FINE: 5.0, COARSE: 16.0}
COARSE_BLUR = 0.8  # of MIND, in voxels of 2 mm, before it is read every 4 mm
Maps = tuple[ChannelMap, ChannelMap]  # of 2 mm and of 4 mm
Costs = list[tuple[Tensor, Tensor]]
"""At the fine and the coarse level: costs (N, L) at unit spread, and displacements (N, 3) mm of the middle label."""


@dataclass(frozen=True)
class Task:
    """Keypoints (N, 3) mm of a held-out pair, their true displacements, and wrong starts in units of START_ERROR_MM."""

    pair: SyntheticPair
    points: Tensor
    truth: Tensor
    start: Tensor

    @cached_property
    def mind(self) -> Costs:
        """The costs of MIND-SSC."""
        return self.costs(mind_maps(self.pair.fixed), mind_maps(self.pair.moving))

    def costs(self, fixed: Maps, moving: Maps) -> Costs:
        """What these features make of the labels."""
        found = []
        for here, there, labels in zip(fixed, moving, (FINE, COARSE), strict=True):
            start = self.truth + START_ERROR_MM[labels] * self.start
            costs, base = cost_volume(here, there, self.points, start, labels)
            found.append((costs / costs.std(), base))
        return found

    def errors(self, *kinds: tuple[float, Costs]) -> dict[str, Tensor]:
        """Matching errors (N,) mm at the `fine` and `coarse` level, by the weighted sum of several kinds of costs."""
        found = {}
        for level, (name, labels) in enumerate((("fine", FINE), ("coarse", COARSE))):
            total = sum((weight * costs[level][0] for weight, costs in kinds), torch.zeros(()))
            found[name] = matching_error(total, kinds[0][1][level][1], labels, self.truth)
        return found


def matching_task(pair: SyntheticPair, seed: int) -> Task:
    """Up to 300 keypoints that both volumes show."""
    image = torch.from_numpy(windowed(pair.fixed))
    mask = body_mask(image, torch.ones_like(image, dtype=torch.bool))
    points = detect_keypoints(image, mask, pair.fixed.grid, count=KEYPOINTS).points.numpy()
    points = points[pair.visible(points)]
    start = np.random.default_rng(seed).uniform(-1, 1, points.shape)
    truth = torch.from_numpy(pair.truth.at(points)).float()
    return Task(pair, torch.from_numpy(points), truth, torch.from_numpy(start).float())


def learned_maps(encoder: Encoder, volume: Volume) -> Maps:
    """The encoder's two finest maps."""
    fine, coarse, *_ = learned_features(torch.from_numpy(windowed(volume)), volume.grid, encoder)
    return fine, coarse


def mind_maps(volume: Volume) -> Maps:
    """MIND on the 2 mm grid, and lightly blurred on every second voxel of it."""
    values = mind_ssc(torch.from_numpy(windowed(volume)))
    coarse = gaussian_blur(values, COARSE_BLUR)[:, ::2, ::2, ::2]
    return ChannelMap(values.movedim(0, -1), volume.grid), ChannelMap(coarse.movedim(0, -1), strided(volume.grid, 2))


def validation_score(encoder: Encoder, tasks: Sequence[Task]) -> Mapping[str, float]:
    """Mean error in mm and share below 3 or 5 mm over all keypoints of all tasks, at both levels.

    By the encoder alone and, named `both_...`, by it and MIND-SSC at equal parts.
    """
    encoder.eval()
    alone, both = [], []
    with torch.inference_mode():
        for task in tasks:
            own = task.costs(learned_maps(encoder, task.pair.fixed), learned_maps(encoder, task.pair.moving))
            alone.append(task.errors((1.0, own)))
            both.append(task.errors((1.0, own), (1.0, task.mind)))
    encoder.train()
    return summary(alone) | {f"both_{name}": value for name, value in summary(both).items()}


def summary(found: Sequence[dict[str, Tensor]]) -> dict[str, float]:
    """`fine_mm`, `fine_below_3mm`, `coarse_mm`, `coarse_below_5mm` over all pairs."""
    fine, coarse = (torch.cat([f[level] for f in found]) for level in ("fine", "coarse"))
    return {
        "fine_mm": fine.mean().item(),
        "fine_below_3mm": (fine < 3).float().mean().item(),
        "coarse_mm": coarse.mean().item(),
        "coarse_below_5mm": (coarse < 5).float().mean().item(),
    }
