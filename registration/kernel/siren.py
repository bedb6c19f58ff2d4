"""A sine network whose amplitudes the local features set: the field without keypoints that the paper compares with.

    h_1 = m_1(f) sin(6 W_1 x + b_1),  h_i = m_i(f) sin(W_i h_(i-1) + b_i),  d(x) = V h_3
    m_1(f) = relu(U_1 f),  m_i(f) = relu(U_i [m_(i-1), f])

V. Sitzmann et al., "Implicit neural representations with periodic activation functions", NeurIPS 2020; I. Mehta et al.,
"Modulated periodic activations for generalizable local functional representations", ICCV 2021. f are features of both
images at x, so one network serves every pair and every scale.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from registration.kernel.dual_stream import PLACE_MM

FREQUENCY = 6.0
"""Of the first layer, per 20 mm: waves down to about 2 cm for one coordinate; finer detail comes from the features."""


class ModulatedSiren(nn.Module):
    """Three sine layers of `hidden` units with amplitudes from features of `channels`. Untrained it moves nothing."""

    def __init__(self, channels: int, hidden: int = 128) -> None:
        super().__init__()
        self.waves = nn.ModuleList([nn.Linear(3, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)])
        self.amplitudes = nn.ModuleList(nn.Linear(extra + channels, hidden) for extra in (0, hidden, hidden))
        self.out = nn.Linear(hidden, 3)
        self.frequency, self.place_mm = FREQUENCY, PLACE_MM
        self._spread_waves()

    def forward(self, points: Tensor, features: Tensor) -> Tensor:
        """Displacement (Q, 3), in steps of the scale, at points (Q, 3) mm from the middle with features (Q, C)."""
        hidden, amplitude = self.frequency * points / self.place_mm, features
        for i, (wave, modulation) in enumerate(zip(self.waves, self.amplitudes)):  # noqa: B905 (TorchScript)
            amplitude = torch.relu(modulation(amplitude if i == 0 else torch.cat([amplitude, features], 1)))
            hidden = amplitude * torch.sin(wave(hidden))
        displacement: Tensor = self.out(hidden)
        return displacement

    @torch.no_grad()
    def _spread_waves(self) -> None:
        """Sitzmann's start, by which every layer's phases are as wide as the one before; the last layer is silent."""
        for i, wave in enumerate(self.waves):
            assert isinstance(wave, nn.Linear)
            bound = 1.0 / 3.0 if i == 0 else math.sqrt(6.0 / wave.in_features)
            wave.weight.uniform_(-bound, bound)
        self.out.weight.zero_()
        self.out.bias.zero_()
