"""The course of the pyramid's kernel alone: what reaches it is caught once, then it learns from that, fast.

A network that is otherwise fixed gives the kernel the same inputs again and again: features, matches and the field so
far, at every scale. They are caught from the network as it begins; each lesson is one scale of one of them, on some of
its nodes, where the composed field should be the true one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from pydantic import NonNegativeFloat
from torch import Tensor, nn

from registration.errors import MethodError
from registration.pyramid.lattice import LatticeMap, composed
from registration.pyramid.scale import Scale
from registration.training.draws import Draw, random_draw
from registration.training.losses.distance import field_errors
from registration.training.machine import Machine
from registration.training.network_settings import NetworkSettings
from registration.training.pyramid import PyramidCourse
from registration.training.settings import Positive


class ReconstructionTraining(NetworkSettings):
    """A run of the reconstruction, every other part fixed, on pairs whose true field is known.

    caught_draws: so many draws serve all steps. nodes: at most so many of a scale are asked in a lesson. shift_mm: each
    lesson lies that far, at most, from where it was caught: crops are small, and no place shall be learnt by heart.
    """

    part: Literal["reconstruction"]
    caught_draws: Positive = 30
    nodes: Positive = 2200
    shift_mm: NonNegativeFloat = 100.0

    def course(self, machine: Machine) -> ReconstructionCourse:
        """The network as it begins, what it gives its reconstruction, and the held-out draws that judge the whole.

        Raises MethodError `config-invalid` for pairs without a true field.
        """
        network = self.begun(frozen=("encoder", "matcher")).to(machine.device)
        whole = PyramidCourse(self, machine, network, self.scenes(self.train), self.exams(machine))
        lessons: list[Lesson] = []
        for i in range(self.caught_draws):
            rng = np.random.default_rng((self.seed, i))
            draw = random_draw(whole.scenes.scene(i % len(whole.scenes)), self.look(), rng, machine.device)
            lessons += _lessons(whole, draw, self.nodes)
        return ReconstructionCourse(
            self, machine, network, whole.scenes, whole.exams, lessons=lessons, shift_mm=self.shift_mm
        )


@dataclass(frozen=True)
class Lesson:
    """What the reconstruction is given at one scale, and the true field, `known` where it holds."""

    scale: Scale
    matches: tuple[Tensor, ...]
    truth: LatticeMap
    known: LatticeMap


@dataclass(frozen=True)
class Elsewhere(Scale):
    """A scale of an image whose middle lies `shift` (3,) mm from that of its own lattice, as in a larger image."""

    shift: Tensor

    @property
    def middle(self) -> Tensor:
        """Where kernels measure places from."""
        return super().middle + self.shift


@dataclass(frozen=True, kw_only=True)
class ReconstructionCourse(PyramidCourse):
    """Judged by the whole pyramid's field, for its matches stay as they are; each step is one lesson."""

    lessons: list[Lesson]
    shift_mm: float
    deciding: tuple[str, ...] = ("error_mm",)

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Mean distance from the truth, mm, of the composed field of one scale."""
        lesson = self.lessons[int(rng.integers(len(self.lessons)))]
        shift = torch.from_numpy(rng.uniform(-self.shift_mm, self.shift_mm, 3)).float().to(self.machine.device)
        scale = Elsewhere(**vars(lesson.scale), shift=shift)
        residual, _ = self.learner.reconstruction(scale, *lesson.matches)
        field = composed(scale.nodes.with_vectors(residual), scale.field)
        return {"field": field_errors(field, lesson.truth, lesson.known).mean()}

    def shipped(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The reconstruction, and the matcher that it was taught with."""
        return {name: tensor for name, tensor in state.items() if not name.startswith("encoder.")}


def _lessons(course: PyramidCourse, draw: Draw, nodes: int) -> list[Lesson]:
    """One lesson for each scale of a draw, those left out where nothing is known."""
    if draw.truth is None or draw.known is None:
        raise MethodError("config-invalid", "train: a reconstruction alone learns from true fields, got pairs without.")
    with torch.no_grad(), caught(course.learner.reconstruction) as inputs:
        course.answer(draw)
    thinned = [(replace(scale, nodes=_thinned(scale.nodes, nodes)), matches) for scale, *matches in inputs]
    lessons = [Lesson(scale, tuple(matches), draw.truth, draw.known) for scale, matches in thinned]
    return [lesson for lesson in lessons if (lesson.known.at(lesson.scale.nodes.points()) > 0.5).any()]


@contextmanager
def caught(module: nn.Module) -> Iterator[list[tuple[Any, ...]]]:
    """The inputs of every call of a module within this context."""
    inputs: list[tuple[Any, ...]] = []
    hook = module.register_forward_pre_hook(lambda _, given: inputs.append(given))
    try:
        yield inputs
    finally:
        hook.remove()


def _thinned(nodes: LatticeMap, count: int) -> LatticeMap:
    """Every n-th node along each axis, n as small as leaves at most `count`."""
    stride = 1
    while nodes.every(stride).values[0, 0].numel() > count:
        stride += 1
    return nodes.every(stride)
