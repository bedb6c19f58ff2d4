"""The course of the paper's pyramid: pairs of any data set, through all five scales, end to end or part by part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import AfterValidator, BeforeValidator, Field, NonNegativeFloat, PositiveFloat
from torch import Tensor, nn

from registration.errors import MethodError
from registration.pyramid.config import PyramidConfig
from registration.pyramid.lattice import LatticeMap
from registration.pyramid.network import PyramidNetwork
from registration.pyramid.protocol import PROTOCOLS
from registration.training.course import Scores
from registration.training.data.choice import DataChoice
from registration.training.draws import Draw, Look, random_draw
from registration.training.losses.distance import field_errors, landmark_distances
from registration.training.machine import Machine, PrecisionWish
from registration.training.objective import Objective, Similarity, Weights
from registration.training.scene import Scenes
from registration.training.settings import Positive, Settings
from registration.weights import FOLDER, fit_weights, load_weights

Stage = Literal["encoder", "matcher", "reconstruction"]
"""The parts of the network, by the names of its modules."""
MATCHER_RATE = 10  # times that of the others: ten numbers, as logarithms


def _network_keys(value: object) -> object:
    """The table as it is, its keys known."""
    known = [field.name for field in fields(PyramidConfig)]
    unknown = [key for key in value if key not in known] if isinstance(value, dict) else []
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no key of the network; expected some of {', '.join(known)}")
    return value


def _known_protocol(network: PyramidConfig) -> PyramidConfig:
    """The network as it is, its protocol known."""
    if network.protocol not in PROTOCOLS:
        raise ValueError(f"expected one of the protocols {', '.join(PROTOCOLS)}")
    return network


class PyramidTraining(Settings):
    """A run of the pyramid, see `experiments/pyramid`.

    crop: a step sees at most so many voxels (x, y, z), of `spacing_mm` or else of the network's protocol. start: for
    parts of the network the weights that they begin with, shipped ones by name or a file. frozen: parts that stay as
    they are; they are not written. kept_scenes: pairs that stay in memory.
    """

    part: Literal["pyramid"]
    network: Annotated[PyramidConfig, BeforeValidator(_network_keys), AfterValidator(_known_protocol)] = PyramidConfig()
    train: DataChoice
    held_out: DataChoice
    spacing_mm: tuple[PositiveFloat, PositiveFloat, PositiveFloat] | None = None
    crop: tuple[Positive, Positive, Positive] | None = None
    similarity: Similarity = "ncc"
    weights: Weights = Weights()
    noise: NonNegativeFloat = 0.02
    blur_voxels: NonNegativeFloat = 0.7
    start: dict[Stage, str] = Field(default_factory=dict)
    frozen: tuple[Stage, ...] = ()
    kept_scenes: Positive = 16

    def course(self, machine: Machine) -> PyramidCourse:
        """A new network with the weights it starts from, and the held-out draws that judge it.

        Raises MethodError `config-invalid` when nothing is left to learn, and what data sets and weights raise.
        """
        network = PyramidNetwork(self.network)
        for stage, name in self.start.items():
            _begin_with(network.get_submodule(stage), stage, name)
        for stage in self.frozen:
            network.get_submodule(stage).requires_grad_(False)
        if self.network.reconstruction == "spline" or not any(p.requires_grad for p in network.parameters()):
            raise MethodError(
                "config-invalid",
                f"reconstruction {self.network.reconstruction!r} with {', '.join(self.frozen) or 'nothing'} frozen "
                "leaves nothing to learn: no gradient passes a spline.",
            )
        plain = Look(self.crop, self.network.keypoints, self.network.detector)
        unseen = self.scenes(self.held_out)
        rngs = [np.random.default_rng(i) for i in range(len(unseen))]
        exams = [random_draw(unseen.scene(i), plain, rng, machine.device) for i, rng in enumerate(rngs)]
        return PyramidCourse(self, machine, network, self.scenes(self.train), exams)

    def scenes(self, choice: DataChoice) -> Scenes:
        """The scenes of a data set, made when they are first asked for."""
        protocol = PROTOCOLS[self.network.protocol]
        return Scenes(choice.opened(), self.spacing_mm or protocol.spacing_mm, protocol.preset, kept=self.kept_scenes)

    def look(self) -> Look:
        """How training scenes are looked at."""
        return Look(self.crop, self.network.keypoints, self.network.detector, self.noise, self.blur_voxels)

    def cpu_precision(self) -> PrecisionWish:
        """The encoder's convolutions in bfloat16 take half the time where the processor has it."""
        return "bfloat16"


@dataclass(frozen=True)
class PyramidCourse:
    """Crops of the training scenes; the loss on fixed crops of the held-out ones decides."""

    settings: PyramidTraining
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
        return self._objective().terms(self._fields(draw), draw)

    @torch.no_grad()
    def judge(self) -> Scores:
        """`held_out`, the loss on the exams; `error_mm` and `landmark_mm`, distances from the truth, where known."""
        found: dict[str, list[float]] = defaultdict(list)
        for draw in self.exams:
            with self.machine.here():
                fields = self._fields(draw)
                found["held_out"].append(float(sum(self._objective().terms(fields, draw).values())))
            if draw.truth is not None and draw.known is not None:
                found["error_mm"] += field_errors(fields[-1], draw.truth, draw.known).tolist()
            if draw.landmarks is not None:
                found["landmark_mm"] += landmark_distances(fields[-1], *draw.landmarks).tolist()
        return {name: float(np.mean(values)) for name, values in found.items()}

    def shipped(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All parts that were not frozen."""
        return {name: tensor for name, tensor in state.items() if name.split(".")[0] not in self.settings.frozen}

    def _objective(self) -> Objective:
        return Objective(self.settings.similarity, self.settings.weights)

    def _fields(self, draw: Draw) -> list[LatticeMap]:
        """The network's field at every scale, coarse to fine."""
        with self.machine.autocast():
            x, y, z = draw.fixed.step_mm.tolist()
            output = self.learner(draw.fixed.values, draw.moving.values, draw.points, (x, y, z))
        strides = self.learner.config.strides
        return [
            LatticeMap(values, stride * draw.fixed.step_mm)
            for values, stride in zip(output.displacements, strides, strict=True)
        ]


def _begin_with(module: nn.Module, stage: Stage, name: str) -> None:
    """The weights of one part: of a file of that part alone, or of a whole network that holds it."""
    path = Path(name)
    weights, _ = load_weights(path.stem, folder=path.parent) if path.suffix else load_weights(name, folder=FOLDER)
    prefix = f"{stage}."
    own = {key.removeprefix(prefix): tensor for key, tensor in weights.items() if key.startswith(prefix)}
    fit_weights(module, own or weights, name)
