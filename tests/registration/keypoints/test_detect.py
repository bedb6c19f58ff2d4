import pytest
import torch

from registration.errors import MethodError
from registration.geometry import Grid
from registration.keypoints.detect import body_mask, detect_keypoints
from registration.keypoints.foerstner import foerstner_points, foerstner_response
from registration.keypoints.thinning import farthest_points

SHAPE = (30, 34, 38)


def blobs(centres: list[tuple[int, int, int]]) -> torch.Tensor:
    z, y, x = torch.meshgrid(*(torch.arange(n) for n in SHAPE), indexing="ij")
    image = torch.zeros(SHAPE)
    for cx, cy, cz in centres:
        image += torch.exp(-((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2) / 4.0)
    return image


def test_a_blob_is_distinct_and_an_edge_is_not():
    image = blobs([(10, 12, 14)])
    edge = torch.zeros(SHAPE)
    edge[:, :, 20:] = 1.0
    assert foerstner_response(edge).max() < 1e-3 * foerstner_response(image).max()


def test_points_come_in_xyz_order_strongest_first():
    everywhere = torch.ones(SHAPE, dtype=torch.bool)
    points, response = foerstner_points(blobs([(10, 12, 14)]) + 0.3 * blobs([(26, 20, 9)]), everywhere, count=100)
    assert (points[0] - torch.tensor([10, 12, 14])).abs().max() <= 2
    assert (response.diff() <= 0).all()


def test_no_point_outside_the_mask():
    mask = torch.zeros(SHAPE, dtype=torch.bool)
    mask[:, :, :19] = True
    points, _ = foerstner_points(blobs([(10, 12, 14), (26, 20, 9)]), mask, count=100)
    assert (points[:, 0] < 19).all()


def test_keypoints_are_patient_points_of_the_grid():
    grid = Grid((38, 34, 30), (2.0, 2.0, 2.0), (-100.0, 50.0, 7.0))
    image = torch.rand(SHAPE, generator=torch.Generator().manual_seed(1))
    found = detect_keypoints(image, torch.ones(SHAPE, dtype=torch.bool), grid, count=64)
    assert len(found.points) == len(found.response) == 64
    index = grid.mm_to_index(found.points.numpy())
    assert abs(index - index.round()).max() < 1e-4
    assert grid.contains(found.points.numpy()).all()


def test_a_volume_without_structure_is_refused():
    with pytest.raises(MethodError, match="distinct points") as refused:
        detect_keypoints(
            torch.zeros(SHAPE), torch.ones(SHAPE, dtype=torch.bool), Grid((38, 34, 30), (2, 2, 2)), count=64
        )
    assert refused.value.code == "too-few-keypoints"


def test_farthest_points_spread_and_start_at_the_first():
    points = torch.tensor([[0.0, 0, 0], [1.0, 0, 0], [10.0, 0, 0], [0, 9.0, 0]])
    assert farthest_points(points, 3).tolist() == [0, 2, 3]
    assert farthest_points(points, 9).tolist() == [0, 1, 2, 3]


def test_the_farthest_of_a_lattice_are_told_exactly():
    points = 2.0 * torch.randint(-80, 80, (900, 3), generator=torch.Generator().manual_seed(6)) + 500.0
    chosen = [7]
    nearest = (points - points[7]).square().sum(1)
    while len(chosen) < 60:
        chosen.append(int(nearest.argmax()))
        nearest = torch.minimum(nearest, (points - points[chosen[-1]]).square().sum(1))
    assert farthest_points(points, 60, first=7).tolist() == chosen


def test_the_body_keeps_off_the_rim_of_the_scan():
    inside = torch.zeros(20, 20, 20, dtype=torch.bool)
    inside[:, :, 5:] = True
    body = body_mask(torch.ones(20, 20, 20), inside)
    assert body[10, 10, 10]
    assert not body[10, 10, :7].any()
    assert not body[10, 10, 18:].any()
    assert not body[:2].any()
