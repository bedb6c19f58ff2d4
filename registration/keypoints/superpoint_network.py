"""The detecting half of the SuperPoint network, its layers named as in the published weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CELL = 8
STAGES = {"1": (1, 64), "2": (64, 64), "3": (64, 128), "4": (128, 128)}
"""Channels in and out of two convolutions 3x3 each; the image is halved between stages."""


class SuperPointNetwork(nn.ModuleDict):
    """A grey image in [0, 1] to the probability of every pixel of being an interest point.

    A cell of 8x8 pixels answers 65 ways: one of its pixels, or none (DeTone et al., section 3.2).
    """

    def __init__(self) -> None:
        super().__init__()
        for stage, (channels_in, channels) in STAGES.items():
            self[f"conv{stage}a"] = nn.Conv2d(channels_in, channels, 3, padding=1)
            self[f"conv{stage}b"] = nn.Conv2d(channels, channels, 3, padding=1)
        self["convPa"] = nn.Conv2d(128, 256, 3, padding=1)
        self["convPb"] = nn.Conv2d(256, CELL * CELL + 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """image (N, 1, y, x) of any size, filled up to whole cells with zeros -> (N, 1, y, x)."""
        height, width = image.shape[-2:]
        x = F.pad(image, (0, -width % CELL, 0, -height % CELL))
        for stage in STAGES:
            x = x if stage == "1" else F.max_pool2d(x, 2)
            x = F.relu(self[f"conv{stage}b"](F.relu(self[f"conv{stage}a"](x))))
        cells = self["convPb"](F.relu(self["convPa"](x)))  # (N, 65, y / 8, x / 8)
        return probability_of_pixels(cells)[..., :height, :width]


def probability_of_pixels(cells: Tensor) -> Tensor:
    """Scores (N, 65, y, x) of the pixels of each cell, row by row, and of none of them -> (N, 1, 8 y, 8 x)."""
    return F.pixel_shuffle(torch.softmax(cells, 1)[:, :-1], CELL)
