"""The learned kernel: dual-stream attention over the nearest keys, and a local-linear weighted sum (Eq. 1 and 2).

    a(x, y) = H_s(|x - y|) + H_f(agreement of d(y) at x, r(y)) + r(y) + 4 e^b / (1 + |x - y|^2 / l^2),   w = softmax a

The spatial stream H_s sees where the key lies; the feature stream sees what the key is: E_f(y) = r(y), a learned
reliability from the matcher's statistics and the key's residuals, and how well d(y) agrees with its neighbours at x.
The sum is linear in d with weights that add up to one, so a constant and nearly an affine motion are reproduced:

    u(x) = mean_w d - clamp(mean_w X)^T (Xc^T W Xc + rho I)^-1 Xc^T W dc,    X = (y - x) / h
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from registration.kernel.residuals import inverse_3x3

MAX_SHIFT = 1.5
"""The linear term reaches at most this many h from the keys' centre: no runaway outside their hull."""
SCALE_NEIGHBOUR = 10
"""h is the distance to the 11th key plus 1 mm."""


def _mlp(inputs: int, hidden: int, outputs: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, outputs)
    )


class AttentionKernel(nn.Module):
    """The weights of the learned kernel. `key_features`: numbers each key brings, see `learned.key_features`."""

    def __init__(self, key_features: int, *, key_hidden: int = 48, pair_hidden: int = 32) -> None:
        super().__init__()
        self.feature_mean = nn.Buffer(torch.zeros(key_features))
        self.feature_scale = nn.Buffer(torch.ones(key_features))
        self.reliability = _mlp(key_features, key_hidden)
        self.spatial = _mlp(2, pair_hidden)
        self.agreement = _mlp(5, pair_hidden)
        self.bias = nn.Parameter(torch.zeros(()))
        self.log_length = nn.Parameter(torch.tensor(math.log(10.0)))
        self.log_ridge = nn.Parameter(torch.zeros(()))
        self.scale_neighbour, self.max_shift = SCALE_NEIGHBOUR, MAX_SHIFT  # TorchScript reads no globals

    def key_logits(self, features: Tensor) -> Tensor:
        """Reliability r (N,) of keys from their features (N, F), standardised and clipped at four deviations."""
        standard = ((features - self.feature_mean) / self.feature_scale).clamp(-4.0, 4.0)
        reliability: Tensor = self.reliability(standard)
        return reliability[:, 0]

    def forward(self, offset: Tensor, displacement: Tensor, logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Displacement (Q, 3) mm, weights (Q, K) and scores (Q, K) of queries.

        offset: y - x (Q, K, 3) mm, nearest first; displacement: d(y) (Q, K, 3) mm; logits: r(y) (Q, K).
        """
        distance = (offset.square().sum(2) + 1e-12).sqrt()
        h = distance[:, min(self.scale_neighbour, distance.shape[1] - 1)].unsqueeze(1) + 1.0
        scores = self._scores(distance, h, displacement, logits)
        weights = torch.softmax(scores, 1)
        return self._local_linear(offset / h.unsqueeze(2), displacement, weights), weights, scores

    def _scores(self, distance: Tensor, h: Tensor, displacement: Tensor, logits: Tensor) -> Tensor:
        """a(x, y), (Q, K)."""
        near = torch.softmax(-0.5 * (distance / h).square() + logits, 1)
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
