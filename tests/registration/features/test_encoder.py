"""The encoder: five nested lattices, any size, blind to window and bias, the same as TorchScript."""

import pytest
import torch

from registration.features.encoder import PAPER, SMALL, STRIDES, Encoder, local_contrast, onto_finer_lattice, padded


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(3)
    return Encoder(SMALL).eval()


@pytest.mark.parametrize("size", [(17, 33, 49), (19, 7, 30), (1, 2, 3), (40, 32, 16)])
def test_maps_are_strided_and_of_unit_length_at_any_size(encoder, size):
    with torch.inference_mode():
        maps = encoder(torch.rand(1, 1, *size))
    for features, stride, channels in zip(maps, STRIDES, SMALL.channels, strict=True):
        assert features.shape == (1, channels, *(-(-n // stride) for n in size))
        assert features.norm(dim=1) == pytest.approx(1.0, abs=1e-2)


def test_features_move_with_the_image(encoder):
    image = torch.rand(1, 1, 97, 81, 81)
    with torch.inference_mode():
        whole, shifted = encoder(image), encoder(image[:, :, 16:])
    for k in range(2):  # far from the cut, where padding and the coarsest scale's reach do not matter
        stride = STRIDES[k]
        a = whole[k][:, :, 64 // stride : 72 // stride, 40 // stride, 40 // stride]
        b = shifted[k][:, :, 48 // stride : 56 // stride, 40 // stride, 40 // stride]
        assert (a - b).abs().max() < 0.02


def test_local_contrast_ignores_window_and_offset():
    image = torch.rand(1, 1, 33, 33, 33)
    changed = local_contrast(0.1 + 0.7 * image, floor=0.7e-3)
    assert torch.allclose(changed, local_contrast(image, floor=1e-3), atol=1e-3)


def test_finer_lattice_keeps_the_old_points_in_place():
    coarse = torch.rand(1, 2, 3, 4, 5)
    fine = onto_finer_lattice(coarse)
    assert fine.shape == (1, 2, 5, 7, 9)
    assert torch.allclose(fine[:, :, ::2, ::2, ::2], coarse, atol=1e-6)
    assert torch.allclose(fine[:, :, 1, 0, 0], coarse[:, :, :2, 0, 0].mean(2), atol=1e-6)


@pytest.mark.parametrize(("size", "grown"), [(1, 17), (17, 17), (18, 33), (161, 161)])
def test_padding_makes_the_lattices_nest(size, grown):
    assert padded(torch.rand(1, 1, size, 17, 17)).shape == (1, 1, grown, 17, 17)


@pytest.mark.parametrize("config", [SMALL, PAPER], ids=["small", "paper"])
@pytest.mark.parametrize("size", [(20, 31, 18), (33, 17, 40), (1, 15, 16)])
def test_scripted_encoder_gives_the_same_values_at_three_sizes(config, size):
    torch.manual_seed(3)
    encoder = Encoder(config).eval()
    image = torch.rand(1, 1, *size)
    with torch.inference_mode():
        for expected, found in zip(encoder(image), torch.jit.script(encoder)(image), strict=True):
            assert (expected - found).abs().max() < 1e-4


def test_sizes_are_those_of_the_model_card():
    assert sum(p.numel() for p in Encoder(PAPER).parameters()) == pytest.approx(3.5e6, rel=0.02)
    assert sum(p.numel() for p in Encoder(SMALL).parameters()) * 4 < 1.5e6
