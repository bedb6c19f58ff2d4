"""Training configurations of the pyramid become rows in the paper's own form, with one part changed each (Table 3)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT
from experiments.ablation.method import Group, Method, Row, described
from registration.errors import MethodError
from registration.keypoints.named import detector_named
from registration.model import VERSION
from registration.pyramid.network import PyramidNetwork
from registration.pyramid.register import register_pyramid
from registration.training.network_settings import NetworkSettings
from registration.training.parts import read_settings
from registration.weights import Weights, fit_weights, load_weights

CONFIGS = ROOT / "experiments" / "pyramid"
"""both.toml, spatial.toml, features.toml, siren.toml: one run each. A detector or a spline needs none of its own."""


def paper_group(configs: Path = CONFIGS) -> Group:
    """Rows with the weights of these runs: shipped ones, or for another folder those that the runs left behind."""
    row = partial(_row, configs)
    return Group(
        "The paper's form",
        (
            row("paper", "both streams, Förstner", "both"),
            row("paper-spatial", "only H_s", "spatial"),
            row("paper-features", "only H_f", "features"),
            row("paper-spline", "thin-plate spline in the kernel's place", "both", reconstruction="spline"),
            row("paper-siren", "multi-scale AM-SIREN, no keypoints", "siren"),
            row("paper-sift", "SIFT", "both", detector="sift"),
            row("paper-disk", "DISK", "both", detector="disk"),
            row("paper-superpoint", "SuperPoint", "both", detector="superpoint"),
        ),
    )


def _row(configs: Path, name: str, title: str, run: str, **changes: str) -> Row:
    return Row(name, title, lambda: _method(configs, run, changes))


def _method(configs: Path, run: str, changes: dict[str, str]) -> Method:
    """Raises MethodError `weights-invalid` or `weights-missing` without the run's weights; what a detector raises."""
    network = _trained(configs, run, changes)
    detector_named(network.config.detector)  # not found here, it would be missed at every pair
    settings = {"kernelreg": VERSION, "config": described(network.config), "network": described(network)}
    return Method(lambda case: register_pyramid(case.fixed, case.moving, network).field, settings)


def _trained(configs: Path, run: str, changes: dict[str, Any]) -> PyramidNetwork:
    """The run's network as its configuration begins it, with what the run learnt, then changed where that is asked."""
    settings = read_settings(configs / f"{run}.toml")
    if not isinstance(settings, NetworkSettings):
        raise MethodError("config-invalid", f"{run}.toml: expected a run of the pyramid, got one of another part.")
    own = settings.begun(())
    fit_weights(own, own.state_dict() | _learnt(configs, run, settings), run)
    network = PyramidNetwork(replace(settings.network, **changes))
    kept = own.state_dict()
    network.load_state_dict({name: kept[name] for name in network.state_dict()})
    return network.eval()


def _learnt(configs: Path, run: str, settings: NetworkSettings) -> Weights:
    """What a run learnt: the shipped weights of the shipped configurations, the files that other runs left."""
    if configs == CONFIGS:
        return load_weights(f"pyramid-{run}")[0]
    if not (settings.folder / "weights.safetensors").is_file():
        raise MethodError("weights-missing", f"{run}.toml has not been run: {settings.folder} holds no weights.")
    return load_weights("weights", folder=settings.folder)[0]
