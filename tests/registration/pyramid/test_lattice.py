"""Maps on lattices: places in millimetres, borders, nesting, and fields after fields."""

import pytest
import torch

from registration.pyramid.lattice import LatticeMap, composed, still

STEP = torch.tensor([2.0, 3.0, 5.0])


def linear(size=(4, 5, 6)):
    """A map (1, 3, d, h, w) that shows at every node where it lies."""
    blank = LatticeMap(torch.zeros(1, 3, *size), STEP)
    return blank.with_vectors(blank.points())


def test_nodes_lie_a_step_apart_x_fastest():
    nodes = linear().points()
    assert nodes[1].tolist() == [2.0, 0.0, 0.0]
    assert nodes[-1].tolist() == [10.0, 12.0, 15.0]


def test_between_nodes_it_is_trilinear_and_outside_the_border_holds():
    places = torch.tensor([[[1.3, 4.1, 7.7]], [[-9.0, 4.0, 99.0]]])
    assert torch.allclose(linear().at(places), torch.tensor([[[1.3, 4.1, 7.7]], [[0.0, 4.0, 15.0]]]), atol=1e-5)


def test_a_map_of_one_voxel_is_the_same_everywhere():
    assert torch.all(still(STEP).at(100 * torch.randn(7, 3)) == 0)


def test_every_second_node_is_the_first_and_lies_where_it_did():
    coarse = linear().every(2)
    assert torch.equal(coarse.points(), coarse.vectors())
    assert coarse.values.shape == (1, 3, 2, 3, 3)


def test_the_image_ends_half_a_step_before_the_first_node_and_one_after_the_last():
    places = torch.tensor([[-0.9, 0.0, 0.0], [-1.1, 0.0, 0.0], [11.9, 0.0, 0.0], [12.1, 0.0, 0.0], [4.0, 7.0, 20.1]])
    assert linear().holds(places).tolist() == [True, False, True, False, False]


def test_composition_reads_the_field_before_where_the_residual_leads():
    residual = LatticeMap(torch.zeros(1, 3, 4, 5, 6), STEP)
    residual = residual.with_vectors(torch.tensor([2.0, -3.0, 1.0]).expand(120, 3))
    before = linear()
    total = composed(residual, before)
    inner = total.values[0, :, 1:-2, 1:-1, :-2]
    expected = (residual.values + before.at(before.points() + residual.vectors()).T.reshape(1, 3, 4, 5, 6))[0]
    assert torch.allclose(inner, expected[:, 1:-2, 1:-1, :-2])
    assert inner[:, 0, 0, 1].tolist() == pytest.approx([2 + 4.0, -3 + 0.0, 1 + 6.0])


def test_reading_is_differentiable_in_values_and_places():
    values = torch.rand(1, 2, 3, 3, 3, dtype=torch.float64, requires_grad=True)
    places = (torch.rand(4, 3, dtype=torch.float64) * STEP).requires_grad_()
    assert torch.autograd.gradcheck(lambda v, p: LatticeMap(v, STEP.double()).at(p), (values, places))
