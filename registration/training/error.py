"""The course of the error bound: what is wrong with registered synthetic pairs becomes what to expect of others.

The expected error is learned from points anywhere in the body by the gamma deviance, whose least value is at the mean
whatever the distribution. The bounds are what errors at landmark-like points stay below, of all pairs, those held out
and those learned from: how hard a body is differs more from body to body than ten numbers can remember.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn
from torch.nn import functional as F

from registration.confidence.causes import CAUSES
from registration.confidence.model import FIELDS, log_error
from registration.model import default_model
from registration.training.course import Scores
from registration.training.error_calibration import LEVELS, as_experts_see, bound_table
from registration.training.error_cases import ErrorCase, ErrorCaseStore
from registration.training.machine import Machine
from registration.training.pair_store import PairStore
from registration.training.settings import Positive, Settings

FIRST_SEED, HELD_OUT_SEED = 2000, 3000
"""No pair of the other courses: a kernel would match those it learned from too well."""
BATCH = 4096
FLOOR_MM = 0.02
"""Added to every error, as a true zero would say that everything can be known."""


class ErrorTraining(Settings):
    """A run of the error bound, see `experiments/confidence`. train, held_out: names of volumes."""

    part: Literal["error"]
    train: tuple[str, ...]
    held_out: tuple[str, ...]
    scans: Path
    cache: Path
    pairs_per_volume: Positive = 4
    held_out_pairs: Positive = 4

    def course(self, machine: Machine) -> ErrorCourse:
        """The cases, made where they are missing, and a new learner."""
        store = ErrorCaseStore(PairStore(self.scans, self.cache / "pairs"), self.cache / "cases", default_model())
        cases = store.cases(self.train, range(FIRST_SEED, FIRST_SEED + self.pairs_per_volume))
        unseen = store.cases(self.held_out, range(HELD_OUT_SEED, HELD_OUT_SEED + self.held_out_pairs))
        return ErrorCourse(self, machine, ErrorLearner(*standard(cases)), cases, unseen)


class ErrorLearner(nn.Module):
    """The line per cause of `confidence.model`, before its weights are known; it never falls."""

    def __init__(self, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.mean, self.deviation = nn.Buffer(mean), nn.Buffer(deviation)
        self.raw_strength = nn.Parameter(torch.full((len(FIELDS), len(CAUSES)), -2.0))
        self.level = nn.Parameter(torch.zeros(len(FIELDS)))

    @property
    def strength(self) -> Tensor:
        """(2, C), not negative."""
        return F.softplus(self.raw_strength)

    def forward(self, causes: Tensor, row: int) -> Tensor:
        """Logarithm (P,) of the expected error of causes (P, C)."""
        expected: Tensor = log_error(causes, self.mean, self.deviation, self.strength[row], self.level[row])
        return expected


def standard(cases: list[ErrorCase]) -> tuple[Tensor, Tensor]:
    """Mean and deviation (C,) of the causes of finished fields."""
    causes = torch.cat([case.causes[FIELDS.index("finished")] for case in cases])
    return causes.mean(0), causes.std(0) + 1e-6


def deviance(log_expected: Tensor, miss: Tensor) -> Tensor:
    """Gamma deviance of misses (P, 3) mm, up to a constant."""
    error: Tensor = miss.norm(dim=1) + FLOOR_MM
    return (error * torch.exp(-log_expected) + log_expected).mean()


@dataclass(frozen=True)
class ErrorCourse:
    """Points of all cases at once; the deviance on the cases held out decides."""

    settings: ErrorTraining
    machine: Machine
    learner: ErrorLearner
    cases: list[ErrorCase]
    unseen: list[ErrorCase]
    deciding: tuple[str, ...] = FIELDS

    def optimiser(self) -> torch.optim.Optimizer:
        """Adam."""
        return torch.optim.Adam(self.learner.parameters(), self.settings.learning_rate)

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """The deviance of both fields at points drawn from every case."""
        each = BATCH // len(self.cases)
        drawn = [(case, torch.from_numpy(rng.integers(0, len(case.distinctive), each))) for case in self.cases]
        terms = {}
        for row, name in enumerate(FIELDS):
            causes, miss = (
                torch.cat(values).to(self.machine.device)
                for values in zip(*((case.causes[row, i], case.miss[row, i]) for case, i in drawn), strict=True)
            )
            terms[name] = deviance(self.learner(causes, row), miss)
        return terms

    @torch.no_grad()
    def judge(self) -> Scores:
        """Deviance of both fields, and the rank correlation of expected and true error, on what was held out."""
        scores: Scores = {}
        for row, name in enumerate(FIELDS):
            expected = [self.learner(case.causes[row].to(self.machine.device), row).cpu() for case in self.unseen]
            pairs = list(zip(expected, (case.miss[row] for case in self.unseen), strict=True))
            scores[name] = float(np.mean([deviance(log, miss) for log, miss in pairs]))
            ranks = [spearmanr(log, miss.norm(dim=1)).statistic for log, miss in pairs]
            scores[f"rank_{name}"] = float(np.mean(ranks))
        return scores

    @torch.no_grad()
    def shipped(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The lines, and the table of bounds."""
        learner = ErrorLearner(self.learner.mean.cpu(), self.learner.deviation.cpu())
        learner.load_state_dict({name: tensor.cpu() for name, tensor in state.items()})
        every = self.cases + self.unseen
        knots, bounds = zip(*(_table(learner, every, row, self.settings.seed) for row in range(2)), strict=True)
        return {
            "mean": learner.mean,
            "deviation": learner.deviation,
            "strength": learner.strength,
            "level": learner.level.detach(),
            "levels": torch.tensor(LEVELS),
            "knots": torch.stack(knots),
            "bound": torch.stack(bounds),
        }


def _table(learner: ErrorLearner, cases: list[ErrorCase], row: int, seed: int) -> tuple[Tensor, Tensor]:
    """Knots (K,) and bounds (L, K) mm at the landmark-like points of the cases."""
    rng = np.random.default_rng(seed)
    own = torch.cat([learner(case.causes[row], row)[case.distinctive] for case in cases]).double().exp().numpy()
    miss = torch.cat([case.miss[row][case.distinctive] for case in cases]).double().numpy()
    error, localisation = as_experts_see(miss, rng)
    knots, bounds = bound_table(np.hypot(own, localisation), error)
    return torch.from_numpy(knots).float(), torch.from_numpy(bounds).float()
