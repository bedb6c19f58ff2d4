"""Two scans become two images on one isotropic grid, pre-aligned; a peer's field between them the field of the scans.

A peer on a bad grid looks like a bad peer: slices of 5 mm cost some of them ten millimetres. So all of them see what
our method sees: a 2 mm lattice around the fixed body, the moving scan pulled through our rigid pre-alignment, both
windowed to [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch

from registration.errors import MethodError
from registration.evaluation.methods import Method
from registration.field.displacement import DisplacementField
from registration.field.lattice import read_out
from registration.prealignment import align
from registration.presets import Preset, preset_named
from registration.register import WORKING_MM
from registration.sampling import ChannelMap
from registration.volume import Volume, canonical
from registration.working import body_corners, lattice_around, resample

Displace = Callable[[Volume, Volume], DisplacementField]
"""Two images in [0, 1] on one grid -> the field on that grid, LPS mm, from the fixed to the moving image."""


@dataclass(frozen=True)
class Peer:
    """displace: the tool. settings: all that decides what it gives. module: what must be there for it to run.

    package: its name on PyPI. install: how to get it, for whoever lacks it.
    """

    displace: Displace
    settings: dict[str, Any]
    module: str = "registration"
    package: str = "kernelreg"
    install: str = ""


def method_of(peer: Peer, preset: str) -> Method:
    """The peer as `kernelreg predict --method` takes it. Raises MethodError `method-unknown` where it is absent."""
    if find_spec(peer.module) is None:
        raise MethodError("method-unknown", f"{peer.package} is not installed ({peer.install})")
    settings = {"package": peer.package, "version": version(peer.package), "working_mm": WORKING_MM, **peer.settings}
    return Method(settings, lambda fixed, moving: displaced(peer.displace, fixed, moving, preset_named(preset)))


def displaced(displace: Displace, fixed: Volume, moving: Volume, preset: Preset) -> DisplacementField:
    """The peer's field on the grid of the fixed scan, pre-alignment included."""
    scans = canonical(fixed), canonical(moving)
    to_moving = align(*scans, preset)
    low, high = body_corners(scans[0], preset)
    grid = lattice_around(low, high, WORKING_MM)
    images = [
        Volume(resample(scan, grid, matrix, preset)[0].numpy(), grid)
        for scan, matrix in zip(scans, (np.eye(4), to_moving), strict=True)
    ]
    found = displace(images[0], images[1])
    return read_out(ChannelMap(torch.from_numpy(found.vectors_mm), grid), fixed.grid, to_moving)
