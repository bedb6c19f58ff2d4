"""The sine network: still before it learns, led by its features, able to learn, the same in TorchScript."""

import pytest
import torch

from registration.kernel.siren import ModulatedSiren


@pytest.fixture(scope="module")
def taught():
    """A network that learned where a feature points, under a wave over space."""
    torch.manual_seed(1)
    network = ModulatedSiren(4, hidden=32)
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    points, features = 50 * torch.randn(256, 3), torch.randn(256, 4)
    truth = features[:, :3] * torch.cos(points[:, :1] / 50)
    for _ in range(120):
        loss = (network(points, features) - truth).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network, points, features, truth


def test_untrained_it_moves_nothing():
    assert torch.all(ModulatedSiren(4)(torch.randn(9, 3), torch.randn(9, 4)) == 0)


def test_it_learns_a_field_of_place_and_features(taught):
    network, points, features, truth = taught
    with torch.no_grad():
        assert (network(points, features) - truth).square().mean() < 0.1 * truth.square().mean()
        assert not torch.allclose(network(points, features), network(points, -features))
        assert not torch.allclose(network(points, features), network(points + 20, features))


@pytest.mark.parametrize("count", [1, 7, 64])
def test_scripted_it_says_the_same(taught, count):
    network, points, features, _ = taught
    with torch.no_grad():
        found = torch.jit.script(network)(points[:count], features[:count])
        assert (found - network(points[:count], features[:count])).abs().max() < 1e-5
