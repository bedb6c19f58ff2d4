import torch

from registration.keypoints.foerstner import REACH, SLAB_VOXELS, foerstner_response


def test_a_slab_sees_as_far_as_its_response_depends_on():
    image = torch.rand(7 * REACH, 160, 180, generator=torch.Generator().manual_seed(2))
    assert image.numel() > 2 * SLAB_VOXELS
    whole = foerstner_response(image)
    for start in (0, 3 * REACH, 4 * REACH + 1):
        part = foerstner_response(image[max(0, start - REACH) : start + 2 * REACH])
        begin = min(start, REACH)
        assert torch.allclose(part[begin : begin + REACH], whole[start : start + REACH], atol=1e-7)


def test_a_corner_is_more_distinct_than_an_edge_or_a_plane():
    image = torch.zeros(20, 20, 20)
    image[10:, 10:, 10:] = 1.0
    response = foerstner_response(image)
    corner, edge, face = response[10, 10, 10], response[15, 10, 10], response[15, 15, 10]
    assert corner > 100 * edge.clamp_min(1e-6)
    assert corner > 100 * face.clamp_min(1e-6)
