"""The configuration: the paper's numbers by default, strides from coarse to fine, no impossible ones."""

import pytest

from registration.features.encoder import CONFIGS, PAPER
from registration.pyramid.config import PyramidConfig
from registration.pyramid.network import PyramidNetwork


def test_the_defaults_are_the_papers():
    config = PyramidConfig()
    assert (config.neighbours, config.keypoints, config.scales, config.streams) == (30, 1024, 5, "both")
    assert config.strides == (16, 8, 4, 2, 1)
    assert CONFIGS[config.encoder] is PAPER


def test_a_coarser_finest_lattice_leaves_five_scales():
    assert PyramidConfig(finest_stride=2).strides == (16, 8, 4, 2, 2)


@pytest.mark.parametrize("scales", [0, 6])
def test_scales_without_a_search_are_refused(scales):
    with pytest.raises(ValueError, match="between one and 5"):
        PyramidConfig(scales=scales)


def test_encoder_and_kernel_together_have_about_three_and_a_half_million_parameters():
    network = PyramidNetwork(PyramidConfig())
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in network.named_children()}
    assert sum(counts.values()) == pytest.approx(3.5e6, rel=0.06)
    assert counts["reconstruction"] == pytest.approx(150e3, rel=0.15)
    assert counts["matcher"] == 10
