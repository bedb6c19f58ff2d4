"""What is known of a key becomes one number r(y): how far the kernel may rely on it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CLIPPED_AT = 4.0
"""Deviations from the mean beyond which a feature says no more."""


class Reliability(nn.Module):
    """A network of the key's features, standardised, and the logarithm of its confidence, as far as that helps."""

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.mean = nn.Buffer(torch.zeros(features - 1))
        self.scale = nn.Buffer(torch.ones(features - 1))
        self.network = perceptron(features - 1, hidden)
        self.trust = nn.Parameter(torch.ones(()))
        self.clipped_at = CLIPPED_AT  # TorchScript reads no globals

    def forward(self, features: Tensor) -> Tensor:
        """Logits (N,) of features (N, F), the last of which is the logarithm of the confidence."""
        standard = ((features[:, :-1] - self.mean) / self.scale).clamp(-self.clipped_at, self.clipped_at)
        logits: Tensor = self.network(standard)[:, 0] + self.trust * features[:, -1]
        return logits


def perceptron(inputs: int, hidden: int) -> nn.Sequential:
    """Two hidden layers with rectifiers, one number out."""
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1)
    )
