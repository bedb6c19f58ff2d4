"""The course of the paper's pyramid: pairs of any data set, through all five scales, end to end or part by part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from registration.pyramid.lattice import LatticeMap
from registration.pyramid.network import PyramidNetwork
from registration.training.course import Scores
from registration.training.draws import Draw, random_draw
from registration.training.losses.distance import field_errors, landmark_distances
from registration.training.machine import Machine
from registration.training.network_settings import NetworkSettings, Stage
from registration.training.scene import Scenes

MATCHER_RATE = 10  # times that of the others: ten numbers, as logarithms


class PyramidTraining(NetworkSettings):
    """A run of all parts that are not `frozen`, by the whole loss; the frozen ones are not written."""

    part: Literal["pyramid"]
    frozen: tuple[Stage, ...] = ()

    def course(self, machine: Machine) -> PyramidCourse:
        """The network as it begins, and the held-out draws that judge it."""
        return PyramidCourse(self, machine, self.begun(self.frozen), self.scenes(self.train), self.exams(machine))


@dataclass(frozen=True)
class PyramidCourse:
    """Crops of the training scenes; the loss on fixed crops of the held-out ones decides."""

    settings: NetworkSettings
    machine: Machine
    learner: PyramidNetwork
    scenes: Scenes
    exams: list[Draw]
    deciding: tuple[str, ...] = ("held_out",)

    def optimiser(self) -> torch.optim.Optimizer:
        """Adam on what is not frozen; the matcher's few numbers go faster."""
        rate = self.settings.learning_rate
        parts = (
            (rate, [self.learner.encoder, self.learner.reconstruction]),
            (MATCHER_RATE * rate, [self.learner.matcher]),
        )
        groups = [
            {"params": [p for module in modules for p in module.parameters() if p.requires_grad], "lr": rate}
            for rate, modules in parts
        ]
        return torch.optim.Adam([group for group in groups if group["params"]])

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """The terms of one crop of one scene."""
        scene = self.scenes.scene(int(rng.integers(len(self.scenes))))
        draw = random_draw(scene, self.settings.look(), rng, self.machine.device)
        return self.terms(*self.answer(draw), draw)

    @torch.no_grad()
    def judge(self) -> Scores:
        """`held_out`, the loss on the exams; `error_mm` and `landmark_mm`, distances from the truth, where known."""
        found: dict[str, list[float]] = defaultdict(list)
        for draw in self.exams:
            fields, matches = self.answer(draw)
            found["held_out"].append(float(sum(self.terms(fields, matches, draw).values())))
            if draw.truth is not None and draw.known is not None:
                found["error_mm"] += field_errors(fields[-1], draw.truth, draw.known).tolist()
            if draw.landmarks is not None:
                found["landmark_mm"] += landmark_distances(fields[-1], *draw.landmarks).tolist()
        return {name: float(np.mean(values)) for name, values in found.items()}

    def shipped(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All parts that learnt."""
        learnt = {name.split(".")[0] for name, parameter in self.learner.named_parameters() if parameter.requires_grad}
        return {name: tensor for name, tensor in state.items() if name.split(".")[0] in learnt}

    def answer(self, draw: Draw) -> tuple[list[LatticeMap], list[Tensor]]:
        """The network's field and its matches (N, 3) mm at every scale, coarse to fine."""
        with self.machine.autocast():
            x, y, z = draw.fixed.step_mm.tolist()
            output = self.learner(draw.fixed.values, draw.moving.values, draw.points, (x, y, z))
        strides = self.learner.config.strides
        fields = [
            LatticeMap(values, stride * draw.fixed.step_mm)
            for values, stride in zip(output.displacements, strides, strict=True)
        ]
        return fields, [found.displacement for found in output.matches]

    def terms(self, fields: list[LatticeMap], matches: list[Tensor], draw: Draw) -> dict[str, Tensor]:
        """The weighted terms of the loss."""
        return self.settings.objective().terms(fields, draw, matches)
