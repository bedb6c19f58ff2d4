"""The heavy work done here, by torch: a pair of scans and its features, held until both pieces are done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from registration.abreast import abreast
from registration.correspondences.match import Matched, match_both_ways
from registration.features.matching import Encoder, matching_features
from registration.field.finish import FinishSettings, Likeness, finished
from registration.keypoints.detect import Keypoints
from registration.sampling import ChannelMap
from registration.working import WorkingPair


@dataclass(frozen=True)
class TorchEngine:
    """encoder: beside MIND-SSC, with its share of the matching cost (0: MIND alone)."""

    encoder: Encoder | None = None
    encoder_weight: float = 0.0

    @contextmanager
    def open(self, pair: WorkingPair) -> Iterator[TorchPair]:
        """As `Engine` has it."""
        first, second = abreast(
            lambda scan: matching_features(scan.image, scan.grid, self.encoder, weight=self.encoder_weight), pair.scans
        )
        yield TorchPair(pair, (first, second))


@dataclass(frozen=True)
class TorchPair:
    """A pair with the channel maps of both scans, one per level of the search."""

    pair: WorkingPair
    features: tuple[list[ChannelMap], list[ChannelMap]]

    def match(self, fixed: Keypoints, moving: Keypoints) -> Matched:
        """As `OpenPair` has it."""
        with torch.no_grad():
            return match_both_ways(fixed, moving, *self.features)

    def finish(self, start: ChannelMap, compared: Tensor, settings: FinishSettings) -> ChannelMap:
        """As `OpenPair` has it, by the descriptors of the working step."""
        fixed, moving = (
            Likeness(scan.image, scan.inside, maps[1].placed)
            for scan, maps in zip(self.pair.scans, self.features, strict=True)
        )
        with torch.no_grad():
            return ChannelMap(finished(start.values, fixed, moving, compared, settings), start.grid)
