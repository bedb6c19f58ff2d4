"""The learned kernel: dual-stream attention over the nearest keys, and a local-linear weighted sum (Eq. 1 and 2).

    a(x, y) = H_s(|x - y|) + H_f(agreement of d(y) at x, r(y)) + r(y) + 4 e^b / (1 + |x - y|^2 / l^2)

with w = softmax (a + t). The spatial stream H_s sees where the key lies; the feature stream sees what the key is:
E_f(y) = r(y), see `reliability`, and how well d(y) agrees with its neighbours at x. With D the distance of the 31st
key, the taper t = 2 log(1 - |x - y|^2 / D^2) brings the weight of the farthest of the K = 30 to zero: where they change
places with the next, the field does not jump. The sum is linear in d with weights that add up to one:

    u(x) = mean_w d - clamp(mean_w X)^T (Xc^T W Xc + rho I)^-1 Xc^T W dc + g mean_v e,    X = (y - x) / h

The last term is the second, finer scale: e(y) = d(y) - u(y) is what the first two leave at the keys, v a Gaussian of
learned width times e^r, g < 1 a learned share.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from registration.kernel.reliability import Reliability, perceptron
from registration.kernel.residuals import inverse_3x3

MAX_SHIFT = 1.5
"""The linear term reaches at most this many h from the keys' centre: no runaway outside their hull."""
NEIGHBOURS = 30
"""K. With more keys than these the last one is there for the taper alone."""
LEAST_TAPER = 1e-4
"""Least of 1 - |x - y|^2 / D^2: its square is all that the field can jump by, relative to the keys' differences."""
SCALE_NEIGHBOUR = 10
"""h is the distance to the 11th key plus 1 mm."""
LENGTH_MM, FINE_MM = 10.0, 8.0
"""Where the learned lengths start: l of the proximity, and the width of the second scale."""


class AttentionKernel(nn.Module):
    """The weights of the learned kernel. `key_features`: numbers each key brings, see `learned.key_features`."""

    def __init__(self, key_features: int, *, key_hidden: int = 48, pair_hidden: int = 32) -> None:
        super().__init__()
        self.reliability = Reliability(key_features, key_hidden)
        self.spatial = perceptron(2, pair_hidden)
        self.agreement = perceptron(5, pair_hidden)
        self.bias = nn.Parameter(torch.zeros(()))
        self.log_length = nn.Parameter(torch.tensor(math.log(LENGTH_MM)))
        self.log_ridge = nn.Parameter(torch.zeros(()))
        self.log_fine = nn.Parameter(torch.tensor(math.log(FINE_MM)))
        self.share = nn.Parameter(torch.zeros(()))
        self.scale_neighbour, self.max_shift = SCALE_NEIGHBOUR, MAX_SHIFT  # TorchScript reads no globals
        self.neighbours, self.least_taper = NEIGHBOURS, LEAST_TAPER

    def forward(
        self, offset: Tensor, displacement: Tensor, rest: Tensor, logits: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Displacement (Q, 3) mm, weights (Q, K) and scores (Q, K) of queries; K is 31, or all keys there are.

        offset: y - x (Q, K, 3) mm, nearest first; displacement: d(y) (Q, K, 3) mm; rest: e(y) (Q, K, 3) mm, zeros where
        the first scale alone is asked for; logits: r(y) (Q, K).
        """
        distance = (offset.square().sum(2) + 1e-12).sqrt()
        h = distance[:, min(self.scale_neighbour, distance.shape[1] - 1)].unsqueeze(1) + 1.0
        taper = self._taper(distance)
        scores = self._scores(distance, h, displacement, logits, taper)
        weights = torch.softmax(scores + taper, 1)
        coarse = self._local_linear(offset / h.unsqueeze(2), displacement, weights)
        fine = torch.softmax(-0.5 * (distance / self.log_fine.exp()).square() + logits + taper, 1)
        return coarse + self.share.sigmoid() * (fine.unsqueeze(2) * rest).sum(1), weights, scores

    def _taper(self, distance: Tensor) -> Tensor:
        """t(x, y), (Q, K): from 0 at the query to about -18 at the last key; nothing where all keys are neighbours."""
        if distance.shape[1] <= self.neighbours:
            return torch.zeros_like(distance)
        return 2.0 * (1.0 - (distance / distance[:, -1:]).square()).clamp_min(self.least_taper).log()

    def _scores(self, distance: Tensor, h: Tensor, displacement: Tensor, logits: Tensor, taper: Tensor) -> Tensor:
        """a(x, y), (Q, K)."""
        near = torch.softmax(-0.5 * (distance / h).square() + logits + taper, 1)
        typical = (near.unsqueeze(2) * displacement).sum(1, keepdim=True)
        deviation = ((displacement - typical).square().sum(2) + 1e-12).sqrt()
        mean_deviation = (near * deviation).sum(1, keepdim=True).expand_as(deviation)
        proximity = 4.0 * self.bias.exp() / (1.0 + (distance / self.log_length.exp()).square())
        spatial = self.spatial(torch.stack([distance / 20.0, distance / h], 2))[..., 0]
        agreement = torch.stack(
            [
                torch.log1p(deviation),
                deviation / (3.0 * (mean_deviation + 0.5)),
                distance / h,
                torch.log1p(mean_deviation),
                logits / 3.0,
            ],
            2,
        )
        scores: Tensor = proximity + spatial + self.agreement(agreement)[..., 0] + logits
        return scores

    def _local_linear(self, offset: Tensor, displacement: Tensor, weights: Tensor) -> Tensor:
        """The weighted local-linear value (Q, 3) at the query; offset (Q, K, 3) in units of h."""
        mean_offset = (weights.unsqueeze(2) * offset).sum(1, keepdim=True)
        mean = (weights.unsqueeze(2) * displacement).sum(1, keepdim=True)
        centred = offset - mean_offset
        weighted = weights.unsqueeze(2) * centred
        ridge = 0.2 * self.log_ridge.exp() + 0.005
        moment = weighted.transpose(1, 2) @ centred + ridge * torch.eye(3)
        slope = inverse_3x3(moment) @ (weighted.transpose(1, 2) @ (displacement - mean))
        return (mean - mean_offset.clamp(-self.max_shift, self.max_shift) @ slope)[:, 0]
