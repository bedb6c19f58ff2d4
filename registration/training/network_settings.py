"""What every run of the pyramid says: its network, what parts begin with, its data, and how a step looks at them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, NonNegativeFloat, PositiveFloat
from torch import nn

from registration.errors import MethodError
from registration.pyramid.config import PyramidConfig
from registration.pyramid.network import PyramidNetwork
from registration.pyramid.protocol import PROTOCOLS
from registration.training.data.choice import DataChoice
from registration.training.draws import Draw, Look, random_draw
from registration.training.machine import Machine, PrecisionWish
from registration.training.objective import Objective, Similarity, Weights
from registration.training.scene import Scenes
from registration.training.settings import Positive, Settings
from registration.weights import FOLDER, fit_weights, load_weights

Stage = Literal["encoder", "matcher", "reconstruction"]
"""The parts of the network, by the names of its modules."""


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


class NetworkSettings(Settings):
    """A run of the pyramid or of one of its parts, see `experiments/pyramid`.

    crop: a step sees at most so many voxels (x, y, z), of `spacing_mm` or else of the network's protocol, and at most
    `keypoints`, or else as many as the network takes. start: for parts of the network the weights that they begin with,
    shipped ones by name or a file. kept_scenes: pairs that stay in memory.
    """

    network: Annotated[PyramidConfig, BeforeValidator(_network_keys), AfterValidator(_known_protocol)] = PyramidConfig()
    train: DataChoice
    held_out: DataChoice
    spacing_mm: tuple[PositiveFloat, PositiveFloat, PositiveFloat] | None = None
    crop: tuple[Positive, Positive, Positive] | None = None
    keypoints: Positive | None = None
    similarity: Similarity = "ncc"
    weights: Weights = Weights()
    noise: NonNegativeFloat = 0.02
    blur_voxels: NonNegativeFloat = 0.7
    start: dict[Stage, str] = Field(default_factory=dict)
    kept_scenes: Positive = 16

    def begun(self, frozen: Collection[Stage]) -> PyramidNetwork:
        """A new network with the weights it starts from; `frozen` parts will not learn.

        Raises MethodError `config-invalid` when nothing is left to learn, `weights-invalid` for what does not fit.
        """
        network = PyramidNetwork(self.network)
        for stage, name in self.start.items():
            _begin_with(network.get_submodule(stage), stage, name)
        for stage in frozen:
            network.get_submodule(stage).requires_grad_(False)
        if self.network.reconstruction == "spline" or not any(p.requires_grad for p in network.parameters()):
            raise MethodError(
                "config-invalid",
                f"reconstruction {self.network.reconstruction!r} with {', '.join(frozen) or 'nothing'} frozen "
                "leaves nothing to learn: no gradient passes a spline.",
            )
        return network

    def scenes(self, choice: DataChoice) -> Scenes:
        """The scenes of a data set, made when they are first asked for."""
        protocol = PROTOCOLS[self.network.protocol]
        return Scenes(choice.opened(), self.spacing_mm or protocol.spacing_mm, protocol.preset, kept=self.kept_scenes)

    def look(self) -> Look:
        """How training scenes are looked at."""
        keypoints = self.keypoints or self.network.keypoints
        return Look(self.crop, keypoints, self.network.detector, self.noise, self.blur_voxels)

    def exams(self, machine: Machine) -> list[Draw]:
        """One crop of each held-out scene, without augmentation, the same every time."""
        plain = replace(self.look(), noise=0.0, blur_voxels=0.0)
        unseen = self.scenes(self.held_out)
        return [
            random_draw(unseen.scene(i), plain, np.random.default_rng(i), machine.device) for i in range(len(unseen))
        ]

    def objective(self) -> Objective:
        """The terms of the loss."""
        return Objective(self.similarity, self.weights)

    def cpu_precision(self) -> PrecisionWish:
        """The encoder's convolutions in bfloat16 take half the time where the processor has it."""
        return "bfloat16"


def _begin_with(module: nn.Module, stage: Stage, name: str) -> None:
    """The weights of one part: of a file of that part alone, or of a whole network that holds it."""
    path = Path(name)
    weights, _ = load_weights(path.stem, folder=path.parent) if path.suffix else load_weights(name, folder=FOLDER)
    prefix = f"{stage}."
    own = {key.removeprefix(prefix): tensor for key, tensor in weights.items() if key.startswith(prefix)}
    fit_weights(module, own or weights, name)
