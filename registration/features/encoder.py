"""A windowed volume becomes five maps of unit feature vectors: the multi-scale encoder F, the same for both images."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STRIDES = (1, 2, 4, 8, 16)
"""Steps of the five maps on the working grid: voxel i of a map lies exactly on working voxel `stride * i`."""

FeatureMaps = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class EncoderConfig:
    """Sizes of F: `widths` of the U's five levels, `channels` of the five maps it gives, each from fine to coarse."""

    widths: tuple[int, int, int, int, int]
    channels: tuple[int, int, int, int, int]


SMALL = EncoderConfig(widths=(8, 24, 32, 32, 32), channels=(8, 12, 12, 12, 12))
"""For CPUs: a quarter of a million parameters, one second for 1.4 million voxels on two threads. Shipped."""

PAPER = EncoderConfig(widths=(24, 48, 96, 128, 176), channels=(16, 16, 16, 16, 16))
"""The paper's size: 3.5 million parameters."""

CONFIGS = {"small": SMALL, "paper": PAPER}


class Encoder(nn.Module):
    """UNet over strides 1, 2, 4, 8, 16; no layer looks at the whole volume, so a crop gives the values of the whole."""

    def __init__(self, config: EncoderConfig = SMALL) -> None:
        super().__init__()
        first, *deeper = config.widths
        self.stem = convolution(1, first)
        self.down = nn.ModuleList(
            nn.Sequential(convolution(a, b, stride=2), convolution(b, b))
            for a, b in zip(config.widths, deeper, strict=False)
        )
        self.up = nn.ModuleList(Merge(config.widths[i + 1], config.widths[i]) for i in (3, 2, 1, 0))
        self.heads = nn.ModuleList(nn.Conv3d(w, c, 1) for w, c in zip(config.widths, config.channels, strict=True))

    def forward(self, image: Tensor) -> FeatureMaps:
        """Five maps (1, C_s, ceil(D/s), ceil(H/s), ceil(W/s)) of unit vectors, for s in `STRIDES`.

        image: (1, 1, D, H, W) float32, windowed to [0, 1], any size.
        """
        size = [image.shape[2], image.shape[3], image.shape[4]]
        skips = [self.stem(local_contrast(padded(image)))]
        for down in self.down:
            skips.append(down(skips[-1]))
        maps = [skips[-1]]  # coarse to fine
        for i, up in enumerate(self.up):
            maps.append(up(maps[-1], skips[3 - i]))
        out = [unit(head(maps[4 - i]), size, 1 << i) for i, head in enumerate(self.heads)]
        return out[0], out[1], out[2], out[3], out[4]


class Merge(nn.Module):
    """One step up the U: the coarse map, brought onto the finer lattice, joins the skip."""

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.lateral = nn.Conv3d(coarse, fine, 1)
        self.join = convolution(fine, fine)

    def forward(self, coarse: Tensor, skip: Tensor) -> Tensor:
        """Features (1, fine, D, H, W) on the skip's lattice."""
        joined: Tensor = self.join(skip + onto_finer_lattice(self.lateral(coarse)))
        return joined


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """3^3 convolution, centred on every `stride`-th voxel, with a leaky rectifier."""
    return nn.Sequential(nn.Conv3d(inputs, outputs, 3, stride, padding=1), nn.LeakyReLU(0.1, inplace=True))


def padded(image: Tensor) -> Tensor:
    """The image grown at its far ends, edges repeated, to 16 k + 1 voxels per axis, so that all five lattices nest."""
    margins: list[int] = []
    for axis in (4, 3, 2):
        margins += [0, max(1, (image.shape[axis] + 14) // 16) * 16 + 1 - image.shape[axis]]
    return F.pad(image, margins, mode="replicate")


def local_contrast(image: Tensor, floor: float = 0.03) -> Tensor:
    """(image - local mean) / (local deviation + floor), over about 13 voxels: blind to window and bias field.

    floor: deviation, in window units, below which contrast fades instead of being amplified.
    """
    moments = torch.cat([image, image * image], dim=1)
    moments = F.avg_pool3d(moments, 5, stride=4, padding=2, count_include_pad=False)
    moments = F.avg_pool3d(moments, 3, stride=1, padding=1, count_include_pad=False)
    moments = onto_finer_lattice(onto_finer_lattice(moments))  # (1, 2, D, H, W)
    mean, square = moments[:, :1], moments[:, 1:]
    deviation = (square - mean * mean).clamp_min(0).sqrt()
    return (image - mean) / (deviation + floor)


def onto_finer_lattice(coarse: Tensor) -> Tensor:
    """n voxels per axis become 2 n - 1: the old ones stay in place, new ones halfway between."""
    size = [2 * coarse.shape[2] - 1, 2 * coarse.shape[3] - 1, 2 * coarse.shape[4] - 1]
    return F.interpolate(coarse, size=size, mode="trilinear", align_corners=True)


def unit(features: Tensor, size: list[int], stride: int) -> Tensor:
    """Feature vectors of length one, without the voxels that padding added to a volume of `size` (D, H, W)."""
    depth, height, width = [(n + stride - 1) // stride for n in size]
    kept = features[:, :, :depth, :height, :width]
    return kept * torch.rsqrt((kept * kept).sum(dim=1, keepdim=True) + 1e-6)
