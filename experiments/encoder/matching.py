"""Costs become errors: how far from the truth the best label lies at keypoints, by each kind of features and both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import torch

from experiments.encoder.judged import groups
from registration.features.encoder import Encoder
from registration.training.matching_score import learned_maps, matching_task, summary

BESIDE = (0.5, 1.0, 2.0)
"""What the encoder's costs count beside those of MIND-SSC, both at unit spread."""
PAIRS = 2


def matching_lines(encoders: dict[str, Encoder]) -> Iterator[str]:
    """One line of a table for each kind of features on each group of volumes."""
    yield "| volumes | features | fine: mm (below 3 mm) | coarse: mm (below 5 mm) |\n|---|---|---|---|"
    for group in groups():
        found: dict[str, list[dict[str, torch.Tensor]]] = defaultdict(list)
        for number, pair in enumerate(group.pairs(PAIRS)):
            task = matching_task(pair, seed=number)
            found["MIND-SSC"].append(task.errors((1.0, task.mind)))
            for name, encoder in encoders.items():
                with torch.no_grad():
                    own = task.costs(learned_maps(encoder, pair.fixed), learned_maps(encoder, pair.moving))
                found[name].append(task.errors((1.0, own)))
                for part in BESIDE:
                    found[f"{name}, {part:g} beside MIND-SSC"].append(task.errors((part, own), (1.0, task.mind)))
        for kind, errors in found.items():
            s = summary(errors)
            fine = f"{s['fine_mm']:.2f} ({s['fine_below_3mm']:.1%})"
            yield f"| {group.title} | {kind} | {fine} | {s['coarse_mm']:.2f} ({s['coarse_below_5mm']:.1%}) |"
