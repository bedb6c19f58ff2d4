"""The paper's kernel, to the letter: two streams score the nearest keypoints, and their softmax weighs displacements.

    a(x, y) = H_s(E_s(x), E_s(y)) + H_f(E_f(x_f), E_f(y_f)) + b(x, y),    b = 1 / (1 + |x - y|^2)
    w = softmax a over the K nearest y,    d(x) = sum_y w(x, y) d(y)

E_s and E_f are three-layer perceptrons of width 128 with rectifiers, each for queries and keys alike. The paper leaves
the heads open: here H(u, v) = (W_q u) . (W_k v) / sqrt(128), scaled dot-product attention, since queries and keys are
then encoded once each and not once per pair. Positions are mm / 20 from the middle of the image.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

PLACE_MM = 20.0
"""Unit of the positions that E_s sees; of 10, 20 and 100 mm none is clearly better (decision 0012)."""
LENGTH_MM, HEIGHT = 10.0, 4.0
"""Where the learned proximity starts (shared with `kernel.attention`); the literal one has 1 mm and 1."""


class Stream(nn.Module):
    """One stream: the encoder E of `inputs` numbers per point, and its head H."""

    def __init__(self, inputs: int, hidden: int = 128) -> None:
        super().__init__()
        self.encode = nn.Sequential(
            nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, hidden)
        )
        self.query, self.key = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.scale = 1.0 / math.sqrt(hidden)

    def forward(self, queries: Tensor, keys: Tensor, neighbours: Tensor) -> Tensor:
        """Scores (Q, K) of queries (Q, F) with their neighbours (Q, K) among the keys (N, F)."""
        asked, offered = self.query(self.encode(queries)), self.key(self.encode(keys))
        scores: Tensor = (self.scale * asked @ offered.t()).gather(1, neighbours)
        return scores


class Proximity(nn.Module):
    """b(x, y) = h / (1 + |x - y|^2 / l^2), both fixed at one (mm), or both learned."""

    def __init__(self, learned: bool) -> None:
        super().__init__()
        height, length = (HEIGHT, LENGTH_MM) if learned else (1.0, 1.0)
        self.log_height = nn.Parameter(torch.tensor(math.log(height)), requires_grad=learned)
        self.log_length = nn.Parameter(torch.tensor(math.log(length)), requires_grad=learned)

    def forward(self, points: Tensor, key_points: Tensor, neighbours: Tensor) -> Tensor:
        """Scores (Q, K) of points (Q, 3) and their neighbours (Q, K) among key points (N, 3), all mm."""
        apart = (points.unsqueeze(1) - key_points[neighbours]).square().sum(2)
        scores: Tensor = self.log_height.exp() / (1.0 + apart / (2.0 * self.log_length).exp())
        return scores


class DualStreamKernel(nn.Module):
    """a(x, y) and d(x). channels: of the features; streams: "both", "spatial" or "features".

    A constant d comes out as it is, an affine one within |A| times the distance of the farthest neighbour. Where the
    K-th neighbour is exchanged the field jumps, by no more than both weights times how far the displacements differ.
    """

    def __init__(self, channels: int, *, streams: str = "both", learned_length: bool = False) -> None:
        super().__init__()
        self.spatial = Stream(3) if streams != "features" else None
        self.featured = Stream(channels) if streams != "spatial" else None
        self.proximity = Proximity(learned_length)
        self.place_mm = PLACE_MM  # TorchScript reads no globals

    def forward(
        self,
        points: Tensor,
        features: Tensor,
        key_points: Tensor,
        key_features: Tensor,
        displacement: Tensor,
        neighbours: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Displacement d(x) (Q, 3) mm, weights w (Q, K) and scores a (Q, K).

        points (Q, 3), key_points (N, 3): mm from the middle of the image; features (Q, C), key_features (N, C);
        displacement: d(y) (N, 3) mm; neighbours (Q, K): indices of the nearest keys. Memory: about 5 kB and 8 N bytes
        per query.
        """
        scores = self.proximity(points, key_points, neighbours)
        if self.spatial is not None:
            scores = scores + self.spatial(points / self.place_mm, key_points / self.place_mm, neighbours)
        if self.featured is not None:
            scores = scores + self.featured(features, key_features, neighbours)
        weights = torch.softmax(scores, 1)
        return (weights.unsqueeze(2) * displacement[neighbours]).sum(1), weights, scores
