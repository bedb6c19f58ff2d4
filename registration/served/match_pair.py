"""Two scans and their keypoints become the matches of both directions: descriptors, cost volumes, agreement.

The lines are those of `correspondences.match` and `features.matching`; this module only puts tensors in and out.
"""

import torch
from torch import Tensor, nn

from registration.correspondences.match import Graph, matched
from registration.features.matching import descriptors
from registration.sampling import PlacedMap
from registration.served.placed import placed


class MatchPair(nn.Module):
    """Both scans, then both directions, at the same time."""

    def forward(  # noqa: PLR0913 each tensor at the door by its name
        self,
        fixed: Tensor,
        moving: Tensor,
        lattices: Tensor,
        fixed_points: Tensor,
        fixed_response: Tensor,
        fixed_neighbours: Tensor,
        fixed_distance: Tensor,
        moving_points: Tensor,
        moving_response: Tensor,
        moving_neighbours: Tensor,
        moving_distance: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Displacements and statistics there (N, 3), (N, 34), and back (M, 3), (M, 34).

        fixed, moving: (z, y, x) in [0, 1]; lattices: (2, 2, 3) mm, of each scan its first voxel and its step; then the
        keypoints of each as `Graph` has them.
        """
        described = torch.jit.fork(descriptors, moving)
        own = descriptors(fixed)
        other = torch.jit.wait(described)
        here = (fixed_points, fixed_response, fixed_neighbours, fixed_distance)
        there = (moving_points, moving_response, moving_neighbours, moving_distance)
        returning = torch.jit.fork(one_way, there, other, own, lattices.flip(0))
        onward, onward_statistics = one_way(here, own, other, lattices)
        back, back_statistics = torch.jit.wait(returning)
        return onward, onward_statistics, back, back_statistics


Described = tuple[Tensor, Tensor]
Keys = tuple[Tensor, Tensor, Tensor, Tensor]


def one_way(keypoints: Keys, source: Described, target: Described, lattices: Tensor) -> tuple[Tensor, Tensor]:
    """`matched`, of what can be handed to another thread: bare tensors. lattices: (2, 2, 3) mm, source and target."""
    points, response, neighbours, distance = keypoints
    graph = Graph(points, response, neighbours.long(), distance)
    return matched(graph, maps_of(source, lattices[0]), maps_of(target, lattices[1]))


def maps_of(described: Described, lattice: Tensor) -> list[PlacedMap]:
    """The maps of the three levels of the search. lattice: (2, 3) mm, first voxel and step."""
    finest, halves = described
    fine, coarse = placed(finest, lattice), placed(halves, torch.stack([lattice[0], 2 * lattice[1]]))
    return [coarse, fine, fine]
