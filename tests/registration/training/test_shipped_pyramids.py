"""The committed runs of the pyramid and the weights they left: each configuration takes its own, which have learnt."""

from pathlib import Path

import pytest
import torch

from registration.training.curve import read_curve
from registration.training.network_settings import NetworkSettings
from registration.training.parts import read_settings
from registration.weights import fit_weights, load_weights

CONFIGS = Path(__file__).parents[3] / "experiments" / "pyramid"
ROWS = ("both", "spatial", "features", "siren")


@pytest.mark.parametrize("run", ["matcher", *ROWS])
def test_a_run_takes_its_shipped_weights(run):
    settings = read_settings(CONFIGS / f"{run}.toml")
    assert isinstance(settings, NetworkSettings)
    torch.manual_seed(settings.seed)
    network = settings.begun(())
    begun = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    learnt, _ = load_weights(f"pyramid-{run}")
    fit_weights(network, begun | learnt, run)
    assert any(not torch.equal(learnt[name], begun[name]) for name in learnt)
    assert not any(name.startswith("encoder.") for name in learnt)


@pytest.mark.parametrize("run", ["matcher", *ROWS])
def test_the_curve_of_a_shipped_run_reaches_its_last_step(run):
    settings = read_settings(CONFIGS / f"{run}.toml")
    curve = read_curve(CONFIGS / f"{run}-curve.csv")
    assert curve["step"][-1] == settings.steps
    assert min(curve["error_mm"]) > 0


def test_every_row_was_taught_with_the_shipped_matcher():
    matcher, _ = load_weights("pyramid-matcher")
    for run in ROWS:
        learnt, _ = load_weights(f"pyramid-{run}")
        assert all(torch.equal(learnt[name], tensor) for name, tensor in matcher.items())


def test_the_rows_of_the_ablation_differ_in_their_kernel_alone():
    rows = [read_settings(CONFIGS / f"{run}.toml").identity() for run in ROWS]
    for row in rows:
        network = row.pop("network")
        for key in ("streams", "reconstruction", "proximity"):
            network.pop(key)
        row["rest"] = network
    assert all(row == rows[0] for row in rows)


def test_the_papers_size_is_configured_end_to_end():
    settings = read_settings(CONFIGS / "paper.toml")
    assert (settings.part, settings.network.encoder, settings.network.finest_stride) == ("pyramid", "paper", 1)
    assert (settings.network.keypoints, settings.frozen, settings.crop) == (1024, (), None)
    assert set(settings.weights.model_dump().values()) == {1.0}
