"""Small pyramids: freshly drawn, and with the encoder that is shipped."""

import pytest
import torch

from registration.features.learned import trained_encoder
from registration.pyramid.config import PyramidConfig
from registration.pyramid.network import PyramidNetwork


def with_shipped_encoder(config: PyramidConfig) -> PyramidNetwork:
    torch.manual_seed(4)
    network = PyramidNetwork(config)
    network.encoder.load_state_dict(trained_encoder("small")[0].state_dict())
    return network.eval()


@pytest.fixture(scope="session")
def network():
    return with_shipped_encoder(PyramidConfig(encoder="small"))


@pytest.fixture(scope="session")
def pyramid():
    """Makes a network of any configuration with the shipped encoder."""
    return lambda **choices: with_shipped_encoder(PyramidConfig(encoder="small", **choices))
