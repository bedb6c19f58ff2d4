"""The rows: which there are, what each changes, and settings by which its results are known again."""

import json

import pytest
import torch
from safetensors.torch import save_file

from experiments.ablation.method import described
from experiments.ablation.ours import kernel_group, whole_group
from experiments.ablation.paper import CONFIGS, paper_group
from experiments.ablation.rows import chosen, groups
from registration.errors import KernelregError
from registration.features.learned import trained_encoder
from registration.pyramid.config import PyramidConfig
from registration.pyramid.network import PyramidNetwork

TABLE_3 = ["paper", "paper-spatial", "paper-features", "paper-spline", "paper-siren"]
DETECTORS = ["paper-sift", "paper-disk", "paper-superpoint"]


def names(rows):
    return [row.name for row in rows]


def test_the_rows_of_table_3_and_ours():
    paper, kernel, whole = groups()
    assert names(paper.rows) == [*TABLE_3, *DETECTORS]
    assert {"attention-alone", "no-statistics", "constant", "spline-alone"} <= set(names(kernel.rows))
    assert {"default", "features-learned", "features-both", "no-finish"} <= set(names(whole.rows))
    every = names(chosen(groups(), []))
    assert len(set(every)) == len(every)


def test_rows_by_name_keep_the_order_of_the_table():
    assert names(chosen(groups(), ["default", "paper"])) == ["paper", "default"]
    with pytest.raises(KernelregError, match=r"'papr'; there are paper, paper-spatial"):
        chosen(groups(), ["papr"])


def test_each_of_our_rows_has_settings_of_its_own():
    rows = [*kernel_group().rows, *whole_group().rows]
    settings = {row.name: json.dumps(row.make().settings, sort_keys=True) for row in rows}
    assert len(set(settings.values())) == len(rows)
    again = {row.name: json.dumps(row.make().settings, sort_keys=True) for row in rows}
    assert settings == again


def test_every_configuration_of_the_table_is_there():
    for run in ("both", "spatial", "features", "siren"):
        assert (CONFIGS / f"{run}.toml").is_file()


CONFIG = """
part = "pyramid"
folder = "{folder}"
start = {{ encoder = "encoder-small" }}
frozen = ["encoder"]
network = {{ encoder = "small", finest_stride = 2, keypoints = 64 }}
train = {{ kind = "synthetic", volumes = ["phantom:thorax:11"], cache = "{folder}" }}
held_out = {{ kind = "synthetic", volumes = ["phantom:thorax:101"], cache = "{folder}" }}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder of a configuration `both` that has been run; what it left are its matcher and kernel."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "both.toml").write_text(CONFIG.format(folder=folder))
    torch.manual_seed(5)
    network = PyramidNetwork(PyramidConfig(encoder="small"))
    learnt = {name: t for name, t in network.state_dict().items() if not name.startswith("encoder.")}
    save_file(learnt, folder / "weights.safetensors")
    network.encoder.load_state_dict(trained_encoder("small")[0].state_dict())
    return folder, network


@pytest.mark.parametrize(
    ("row", "changed"),
    [("paper", {}), ("paper-spline", {"reconstruction": "spline"}), ("paper-sift", {"detector": "sift"})],
)
def test_a_row_of_the_papers_form_is_the_trained_network_with_one_part_changed(runs, row, changed):
    folder, network = runs
    made = {r.name: r for r in paper_group(folder).rows}[row].make()
    config = described(PyramidConfig(encoder="small", finest_stride=2, keypoints=64, **changed))
    assert made.settings["config"] == config
    if row != "paper-spline":  # a spline has no weights, so the network is another
        assert made.settings["network"] == described(network)


def test_weights_that_are_not_there_are_named(runs, tmp_path):
    rows = {row.name: row for row in paper_group(tmp_path).rows}
    (tmp_path / "siren.toml").write_text(CONFIG.format(folder=tmp_path / "none"))
    with pytest.raises(KernelregError, match=r"siren\.toml has not been run") as refused:
        rows["paper-siren"].make()
    assert refused.value.code == "weights-missing"


def test_a_detector_without_its_weights_is_found_before_any_pair(runs, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    rows = {row.name: row for row in paper_group(runs[0]).rows}
    for name in ("paper-disk", "paper-superpoint"):
        with pytest.raises(KernelregError) as refused:
            rows[name].make()
        assert refused.value.code == "weights-missing"


def test_what_cannot_be_described_is_refused():
    with pytest.raises(TypeError, match="no description"):
        described(object())
