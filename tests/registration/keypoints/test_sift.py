import torch

from registration.keypoints.sift import Sift
from tests.registration.keypoints.test_detect import SHAPE, blobs

EVERYWHERE = torch.ones(SHAPE, dtype=torch.bool)


def test_blobs_are_found_where_they_are_to_a_fraction_of_a_voxel_in_their_slice():
    centres = [(10.4, 12.7, 14.0), (26.2, 20.1, 9.0)]
    voxels, _ = Sift().candidates(blobs(centres), EVERYWHERE, count=2)
    for centre in torch.tensor(centres):
        off = (voxels - centre).abs().sort(dim=1).values  # the largest is across the slice that showed the point
        assert off[:, 1].min() < 0.1
        assert off[:, 2].min() <= 0.5


def test_what_has_too_little_contrast_is_left_out():
    assert len(Sift().candidates(0.005 * blobs([(10, 12, 14)]), EVERYWHERE, count=9).voxels) == 0
