"""A record of tensors <-> an npz file, for what is costly to make and read again and again."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Self

import numpy as np
import torch


class StoredTensors:
    """What a dataclass whose fields are all tensors inherits from to be kept."""

    def save(self, path: Path) -> None:
        """Write it as an npz file, all or nothing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, **{f.name: getattr(self, f.name).numpy() for f in fields(self)})  # type: ignore[arg-type]
        partial.rename(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read it."""
        with np.load(path) as stored:
            return cls(**{f.name: torch.from_numpy(stored[f.name]) for f in fields(cls)})  # type: ignore[arg-type]
