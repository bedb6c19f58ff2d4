"""greedy by its Python package (GPL-3: called where a person has installed it, never required, nothing copied)."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.itk_fields import field_of
from benchmarks.peers.working_grid import Peer
from registration.field.displacement import DisplacementField
from registration.products.itk import as_itk
from registration.volume import Volume

SETTINGS: dict[str, Any] = {"metric": "NCC 2x2x2", "iterations": "100x100x50"}


def _displace(fixed: Volume, moving: Volume) -> DisplacementField:
    from picsl_greedy import Greedy3D

    tool = Greedy3D()
    command = f"-i fixed moving -m {SETTINGS['metric']} -n {SETTINGS['iterations']} -o warp -V 0"
    tool.execute(command, fixed=as_itk(fixed), moving=as_itk(moving), warp=None)
    return field_of(tool["warp"], fixed.grid)


GREEDY = Peer(_displace, SETTINGS, "picsl_greedy", "picsl_greedy", "pip install picsl_greedy; greedy itself is GPL-3")
