"""The pictures of the last demonstration become those of the README, small enough for a repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

PICTURES = {"preview-registered.png": "registration.png", "corrections.png": "corrections.png"}
WIDTH, GRAYS, COLOURS = 1140, 64, 160
COLOURED = 24
"""A pixel whose channels differ by more is no gray."""


def shrink(source: Path, target: Path) -> None:
    """Smaller, with a palette instead of full colour."""
    for name, renamed in PICTURES.items():
        picture = Image.open(source / name).convert("RGB")
        height = round(picture.height * WIDTH / picture.width)
        picture = picture.resize((WIDTH, height), Image.Resampling.LANCZOS)
        small = picture.quantize(palette=palette(np.asarray(picture)), dither=Image.Dither.NONE)
        small.save(target / renamed, optimize=True)


def palette(pixels: np.ndarray) -> Image.Image:
    """Even grays, and colours chosen among the coloured pixels alone, which the grays would drown."""
    coloured = pixels[np.ptp(pixels.astype(int), axis=-1) > COLOURED]
    chosen = Image.fromarray(coloured[None]).quantize(COLOURS, Image.Quantize.MEDIANCUT).getpalette() or []
    grays = np.repeat(np.linspace(0, 255, GRAYS).round().astype(int), 3).tolist()
    found = Image.new("P", (1, 1))
    found.putpalette([16, 20, 26, *grays, *chosen[: 3 * COLOURS]])
    return found
