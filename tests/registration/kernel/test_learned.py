"""The shipped kernels: what they reproduce, where they must not jump, and what stands in for them."""

import importlib
import warnings

import numpy as np
import pytest
import torch

from registration.correspondences.graph import nearest
from registration.kernel import densify
from registration.kernel.keys import Keys
from registration.kernel.learned import KEY_FEATURES, STATISTICS, LearnedKernel
from registration.kernel.trained import CORRESPONDENCES, MATCHES, trained_kernel
from registration.kernel.trend import robust_trend

RANDOM = torch.Generator().manual_seed(4)
POINTS = 160 * torch.rand(900, 3, generator=RANDOM) - 80
QUERIES = 140 * torch.rand(400, 3, generator=RANDOM) - 70
MATRIX = torch.tensor([[0.1, 0.02, 0.0], [0.0, -0.08, 0.05], [0.03, 0.0, 0.1]])
SHIFT = torch.tensor([3.0, -40.0, 7.0])
AFFINE_MM = 0.05
"""How far off an affine motion may be inside the keys; the motion here is up to 60 mm."""

NAMES = pytest.mark.parametrize("name", [MATCHES, CORRESPONDENCES])


def keys(displacement, *, statistics=0):
    values = torch.randn(len(POINTS), statistics, generator=torch.Generator().manual_seed(1))
    return Keys(POINTS, displacement, torch.ones(len(POINTS)), values)


@NAMES
@pytest.mark.parametrize("statistics", [0, STATISTICS])
@pytest.mark.parametrize(
    ("motion", "bound_mm"),
    [(lambda p: 0 * p, 1e-5), (lambda p: SHIFT.expand_as(p), 1e-3), (lambda p: p @ MATRIX + SHIFT, AFFINE_MM)],
    ids=["nothing", "constant", "affine"],
)
def test_simple_motions_are_reproduced(name, statistics, motion, bound_mm):
    found = trained_kernel(name)[0].spread(QUERIES, keys(motion(POINTS), statistics=statistics)).displacement
    assert (found - motion(QUERIES)).norm(dim=1).max() < bound_mm


@NAMES
def test_the_field_does_not_jump_where_the_neighbours_change(name):
    """Along a line past many changes of the neighbour set no step of 2 micrometres moves the field by 0.01 mm."""
    kernel = trained_kernel(name)[0]
    noisy = keys(6 * torch.randn(900, 3, generator=torch.Generator().manual_seed(2)))
    path = torch.linspace(-40, 40, 40_001)[:, None] * torch.tensor([[0.6, 0.64, 0.48]]) + torch.tensor([1.0, 2.0, -3.0])
    index, _ = nearest(path, POINTS, kernel.network.neighbours)
    changed = (torch.sort(index[1:]).values != torch.sort(index[:-1]).values).any(1)
    steps = kernel.spread(path, noisy).displacement.diff(dim=0).norm(dim=1)
    assert changed.sum() > 50
    assert steps[changed].max() < 0.01
    assert steps[changed].max() < 1.5 * steps[~changed].max()


def test_keys_that_share_their_place_do_no_harm():
    together = Keys(torch.zeros(40, 3), SHIFT.expand(40, 3), torch.ones(40), torch.zeros(40, 0))
    found = trained_kernel(CORRESPONDENCES)[0].spread(QUERIES, together).displacement
    assert torch.allclose(found, SHIFT.expand(400, 3), atol=1e-2)


def test_without_weights_dense_correspondences_go_through_the_handmade_kernel(monkeypatch):
    fixed = POINTS.numpy().astype(np.float64)
    moving = fixed + (fixed @ MATRIX.numpy() + SHIFT.numpy())
    module = importlib.import_module("registration.kernel.densify")
    monkeypatch.setattr(module, "available_weights", list)
    monkeypatch.setattr(module, "trained_kernel", lambda _: pytest.fail("asked for weights"))
    found = densify(fixed, moving, QUERIES.numpy())
    wanted = QUERIES.numpy() + QUERIES.numpy() @ MATRIX.numpy() + SHIFT.numpy()
    assert np.linalg.norm(found - wanted, axis=1).max() < AFFINE_MM


def test_dense_correspondences_go_through_the_trained_kernel():
    fixed = POINTS.numpy().astype(np.float64)
    rough = 3 * torch.randn(900, 3, generator=torch.Generator().manual_seed(6))
    kernel, _ = trained_kernel(CORRESPONDENCES)
    expected = QUERIES + kernel.spread(QUERIES, keys(rough)).displacement
    assert np.allclose(densify(fixed, fixed + rough.numpy(), QUERIES.numpy()), expected.numpy(), atol=1e-3)


@pytest.mark.parametrize("count", [5, 16, 40])
def test_its_networks_are_the_same_as_torchscript(count):
    """Served or not, at any size: with fewer keys than neighbours, and with all of them."""
    network = trained_kernel()[0].network
    random = torch.Generator().manual_seed(count)
    features = torch.randn(count, KEY_FEATURES, generator=random)
    queries, near = 2 * count + 1, min(31, count)
    offset = 12 * torch.randn(queries, near, 3, generator=random)
    offset = offset.gather(1, offset.norm(dim=2).argsort(1)[..., None].expand(-1, -1, 3))  # nearest first
    displacement, rest = (3 * torch.randn(queries, near, 3, generator=random) for _ in range(2))
    logits = torch.randn(queries, near, generator=random)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore", DeprecationWarning)
        served, reliability = torch.jit.script(network), torch.jit.script(network.reliability)
        assert torch.allclose(reliability(features), network.reliability(features), atol=1e-4)
        inputs = offset, displacement, rest, logits
        for ours, theirs in zip(network(*inputs), served(*inputs), strict=True):
            assert torch.allclose(ours, theirs, atol=1e-4)


def test_the_kernel_works_on_what_the_common_motion_leaves():
    """Any motion that the trend takes up makes no difference to the rest."""
    rough = torch.randn(900, 3, generator=torch.Generator().manual_seed(6))
    bent = POINTS @ MATRIX + SHIFT
    kernel: LearnedKernel = trained_kernel(CORRESPONDENCES)[0]
    plain, moved = (kernel.spread(QUERIES, keys(rough + m)).displacement for m in (0 * bent, bent))
    assert (moved - plain - (QUERIES @ MATRIX + SHIFT)).norm(dim=1).mean() < 0.05
    assert robust_trend(POINTS, rough, torch.ones(900)).at(POINTS).norm(dim=1).mean() < 1.0
