"""A list of names becomes volumes to train on: scans with a permissive licence, and procedural phantoms."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from registration.phantom import Appearance, make_phantom
from registration.phantom.pair import Kind
from registration.presets import PRESETS, is_ct
from registration.reading import read_scan
from registration.training.smooth import random_map
from registration.volume import Volume

PHANTOM = "phantom"
TEXTURE_HU, AIR_HU = 15.0, -950.0
CT_RANGE_HU = (-1000.0, 400.0)


def training_volume(name: str, folder: Path) -> Volume:
    """The volume called `name`, in HU: `phantom:thorax:7`, `phantom:abdomen:7` (kind, seed), or a file in `folder`."""
    if name.startswith(PHANTOM + ":"):
        _, kind, seed = name.split(":")
        return _phantom("thorax" if kind == "thorax" else "abdomen", int(seed))
    return in_hounsfield(read_scan(folder / name).volume)


def in_hounsfield(volume: Volume) -> Volume:
    """A CT as it is; anything else with its percentiles stretched over the range from air to bone."""
    if is_ct(volume):
        return volume
    (low, high), (air, bone) = PRESETS["auto"].window(volume), CT_RANGE_HU
    return Volume(air + (bone - air) * np.clip((volume.values - low) / (high - low), 0, 1), volume.grid)


@lru_cache(maxsize=1)
def _phantom(kind: Kind, seed: int) -> Volume:
    """The moving scan of a phantom pair, without noise, as each side gets its own, but with texture in every tissue."""
    volume = make_phantom(kind, seed=seed, appearance=Appearance(noise=0.0)).moving
    texture = TEXTURE_HU * random_map(volume.grid.shape, 1, 1.2, np.random.default_rng(seed))[..., 0]
    return Volume(volume.values + texture * (volume.values > AIR_HU), volume.grid)
