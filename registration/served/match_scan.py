"""Two scans and the keypoints of one become their places in the other: descriptors, cost volumes, agreement.

The lines are those of `correspondences.match` and `features.matching`; this module only puts tensors in and out.
"""

import torch
from torch import Tensor, nn

from registration.correspondences.match import Graph, matched
from registration.features.matching import descriptors
from registration.sampling import PlacedMap
from registration.served.placed import placed


class MatchScan(nn.Module):
    """One direction of the matching."""

    def forward(
        self,
        source: Tensor,
        target: Tensor,
        lattices: Tensor,
        points: Tensor,
        response: Tensor,
        neighbours: Tensor,
        distance: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Displacements (N, 3) mm and statistics (N, 34) of the source's keypoints.

        source, target: (z, y, x) in [0, 1]; lattices: (2, 2, 3) mm, of each its first voxel and its step; points (N, 3)
        mm, response (N,), neighbours (N, K) and distance (N, K) mm as in `Graph`.
        """
        graph = Graph(points, response, neighbours.long(), distance)
        return matched(graph, maps_of(source, lattices[0]), maps_of(target, lattices[1]))


def maps_of(image: Tensor, lattice: Tensor) -> list[PlacedMap]:
    """The maps of the three levels of the search. lattice: (2, 3) mm, first voxel and step."""
    finest, halves = descriptors(image)
    fine, coarse = placed(finest, lattice), placed(halves, torch.stack([lattice[0], 2 * lattice[1]]))
    return [coarse, fine, fine]
