"""Weights files as third parties publish them, with random numbers in place of theirs."""

import hashlib
from pathlib import Path

import torch
from kornia.feature import DISK

from registration.keypoints.superpoint_network import SuperPointNetwork


def disk_file(folder: Path, *, seed: int = 0) -> tuple[Path, str]:
    """A DISK checkpoint, its network under `extractor` as in the published one; the file and its SHA-256."""
    torch.manual_seed(seed)
    return saved({"extractor": DISK().state_dict()}, folder / "depth-save.pth")


def superpoint_file(folder: Path, *, seed: int = 0) -> tuple[Path, str]:
    """The layers of SuperPoint, those that describe points too, in the old format of the published file."""
    torch.manual_seed(seed)
    describing = {"convDa": torch.nn.Conv2d(128, 256, 3), "convDb": torch.nn.Conv2d(256, 256, 1)}
    layers = dict(SuperPointNetwork().state_dict())
    for name, layer in describing.items():
        layers |= {f"{name}.{key}": value for key, value in layer.state_dict().items()}
    return saved(layers, folder / "superpoint_v1.pth", old_format=True)


def saved(content: object, path: Path, *, old_format: bool = False) -> tuple[Path, str]:
    """What `torch.save` makes of it; the file and its SHA-256."""
    torch.save(content, path, _use_new_zipfile_serialization=not old_format)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()
