"""Kernels are judged by the field they make on held-out cases: its error, the worst third of it, its roughness."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from registration.model import Kernel
from registration.training.kernel_cases import KernelCase


def field_score(kernel: Kernel, cases: Sequence[KernelCase]) -> dict[str, float]:
    """`error_mm`, `worst_mm` (of the worst 30 %) and `rough_mm` (error of 4 mm differences), means over the cases."""
    rows = []
    for case in cases:
        found = kernel.spread(case.queries.reshape(-1, 3), case.keys).displacement.reshape(case.wanted.shape)
        error = found - case.wanted
        place = error[:, 0].norm(dim=1).sort(descending=True).values
        rough = (error[:, 1:] - error[:, :1]).norm(dim=2)
        rows.append([place.mean(), place[: int(0.3 * len(place))].mean(), rough.mean()])
    means = torch.tensor(rows).mean(0).tolist()
    return dict(zip(("error_mm", "worst_mm", "rough_mm"), means, strict=True))
