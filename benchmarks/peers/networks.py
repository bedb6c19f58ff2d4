"""Networks whose weights a person has: uniGradICON by its package, and any network in VoxelMorph's convention.

No weights come along: KERNELREG_UNIGRADICON and KERNELREG_VOXELMORPH name the files, else both stand as not run.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from benchmarks.peers.elastix import itk_image
from benchmarks.peers.itk_fields import field_of_array
from benchmarks.peers.working_grid import Peer, method_of
from registration.errors import MethodError
from registration.evaluation.methods import Method
from registration.field.displacement import DisplacementField
from registration.volume import Volume

MULTIPLE = 16
"""Voxels; a U-Net of four halvings wants sizes that divide by it."""


def unigradicon(preset: str) -> Method:
    """Its weights as published, no optimisation on the pair. Raises MethodError `weights-missing`, `method-unknown`."""
    weights = _weights("KERNELREG_UNIGRADICON")
    settings = {"weights_sha256": _sha256(weights), "optimisation": "none"}
    return method_of(
        Peer(
            lambda fixed, moving: _unigradicon(weights, fixed, moving),
            settings,
            "unigradicon",
            "unigradicon",
            "pip install unigradicon; see that torch stays",
        ),
        preset,
    )


def _unigradicon(weights: Path, fixed: Volume, moving: Volume) -> DisplacementField:
    import itk
    from icon_registration.itk_wrapper import register_pair
    from unigradicon import get_unigradicon

    images = itk_image(fixed), itk_image(moving)
    network = get_unigradicon(weights_location=str(weights))
    there, *_ = register_pair(network, images[1], images[0])  # pulls its first image onto the second
    vectors = itk.transform_to_displacement_field_filter(there, reference_image=images[0], use_reference_image=True)
    return field_of_array(itk.array_view_from_image(vectors), fixed.grid)


def voxelmorph(preset: str) -> Method:
    """A TorchScript file: moving and fixed (1, 1, z, y, x) in [0, 1] -> displacement (1, 3, z, y, x) in voxels.

    Components in the order (z, y, x). Raises MethodError `weights-missing`.
    """
    weights = _weights("KERNELREG_VOXELMORPH")
    settings: dict[str, Any] = {"weights_sha256": _sha256(weights), "padded_to": MULTIPLE}
    return method_of(Peer(lambda fixed, moving: by_network(weights, fixed, moving), settings), preset)


@torch.no_grad()
def by_network(weights: Path, fixed: Volume, moving: Volume) -> DisplacementField:
    """The field of the network in this file, images padded by zeros to what it takes."""
    network = torch.jit.load(str(weights), "cpu")
    padding = [side for n in fixed.grid.size for side in (0, -n % MULTIPLE)]
    images = [F.pad(torch.from_numpy(volume.values)[None, None], padding) for volume in (moving, fixed)]
    depth, height, width = fixed.grid.shape
    voxels = network(*images)[0, :, :depth, :height, :width].movedim(0, -1).flip(-1).double().numpy()  # (x, y, z)
    return field_of_array(voxels * fixed.grid.spacing_mm @ fixed.grid.axes.T, fixed.grid)


def _weights(variable: str) -> Path:
    path = Path(os.environ.get(variable, ""))
    if not path.is_file():
        raise MethodError("weights-missing", f"no weights ({variable} names no file)")
    return path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
