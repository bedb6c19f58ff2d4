"""`make images`: the pictures of the last demonstration become those of the README, small enough for a repository."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

PICTURES = {"preview-registered.png": "registration.png", "corrections.png": "corrections.png"}
WIDTH, COLOURS = 1480, 96


def main(source: Path, target: Path) -> None:
    """Smaller, with a palette instead of full colour."""
    for name, renamed in PICTURES.items():
        picture = Image.open(source / name).convert("RGB")
        height = round(picture.height * WIDTH / picture.width)
        picture = picture.resize((WIDTH, height), Image.Resampling.LANCZOS)
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(target / renamed, optimize=True)


if __name__ == "__main__":
    main(*(Path(folder) for folder in sys.argv[1:]))
