"""The paper's path on one screen: two volumes and a pyramid network in, one registration out."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from registration.confidence.bounds import ErrorBounds
from registration.correspondences.graph import nearest
from registration.features.learned import strided
from registration.field.lattice import lattice_queries, on_lattice, read_out_scalar
from registration.field.unfolding import on_fixed_grid
from registration.keypoints.detect import body_mask, detect_keypoints
from registration.keypoints.named import detector_named
from registration.matches import Matches
from registration.model import VERSION
from registration.prealignment import align
from registration.pyramid.matching import ScaleMatches
from registration.pyramid.network import PyramidNetwork
from registration.pyramid.protocol import PROTOCOLS, prepared
from registration.quality import pre_alignment_figures, quality
from registration.result import ModelIdentity, Registration
from registration.sampling import ChannelMap
from registration.stages import Clock, Progress
from registration.volume import Volume, canonical
from registration.working import WorkingPair, lattice_around, mask_on_lattice, transform_points

NAME = "kernelreg-paper"
STAGES = {"pre-alignment": 0.0, "keypoints": 0.1, "pyramid": 0.2, "field": 0.7, "quality": 0.95}
"""The stages in order, and the share of the work done when each begins."""
ERROR_LATTICE_MM = 4.0
WITNESSES = 30
ERROR_FLOOR_MM, UNSUPPORTED_MM = 0.5, 3.0


def register_pyramid(
    fixed: Volume,
    moving: Volume,
    network: PyramidNetwork,
    *,
    weights_sha256: str = "",
    fixed_mask: Volume | None = None,
    progress: Progress | None = None,
) -> Registration:
    """The displacement field from `fixed` to `moving` on the fixed grid, LPS mm, by the network as it is configured.

    weights_sha256: of the file that the network's weights come from. fixed_mask: of the organ, on the fixed grid; the
    protocol crops around it, and keypoints are taken inside it. Outside the protocol's grid its rim's motion holds.
    progress may raise to cancel. Raises MethodError: `scans-do-not-overlap`, `too-few-keypoints`, and what
    `detector_named` raises.
    """
    protocol, detector = PROTOCOLS[network.config.protocol], detector_named(network.config.detector)
    clock = Clock(progress, STAGES)
    with clock.stage("pre-alignment"):
        scans = canonical(fixed), canonical(moving)
        to_moving = align(*scans, protocol.preset)
        pair = prepared(*scans, protocol, to_moving=to_moving, fixed_mask=fixed_mask)
    with clock.stage("keypoints"):
        allowed = body_mask(pair.fixed, pair.fixed_inside)
        if fixed_mask is not None:
            allowed &= mask_on_lattice(fixed_mask, pair.fixed_grid, np.eye(4))
        count = network.config.keypoints
        points = detect_keypoints(pair.fixed, allowed, pair.fixed_grid, count=count, detector=detector).points
    with clock.stage("pyramid"):
        lattice, deviation, matches = _field(network, pair, points)
    with clock.stage("field"):
        error_mm = read_out_scalar(_expected_error(lattice, points, matches), fixed.grid)
        attention_std = read_out_scalar(deviation, fixed.grid)
        field = on_fixed_grid(lattice, fixed.grid, to_moving)
    with clock.stage("quality"):
        found = _in_patient_space(points, matches, to_moving)
        choices = pre_alignment_figures(to_moving, fixed.grid) | {"detector": detector.name}
        qa = quality(field, found) | choices
    return Registration(
        field,
        error_mm,
        attention_std,
        ErrorBounds.none(),
        found,
        to_moving,
        ModelIdentity(NAME, VERSION, weights_sha256),
        qa,
        clock.seconds,
        protocol.preset.name,
    )


def _field(
    network: PyramidNetwork, pair: WorkingPair, points: Tensor
) -> tuple[ChannelMap, ChannelMap, ScaleMatches | None]:
    """The finest field (z, y, x, 3) mm in the working frame, the attention deviation (z, y, x, 1), and the finest
    matches, if the network makes any.
    """
    grid = pair.fixed_grid  # along the patient axes, so that its own millimetres differ from LPS by the origin
    local = points - torch.tensor(grid.origin_mm)
    with torch.no_grad():
        output = network(pair.fixed[None, None], pair.moving[None, None], local, grid.spacing_mm)
    lattice = strided(grid, network.config.strides[-1])
    field, deviation = (
        ChannelMap(planes[0].movedim(0, -1).contiguous(), lattice)
        for planes in (output.displacements[-1], output.attention_std)
    )
    return field, deviation, output.matches[-1] if output.matches else None


def _expected_error(field: ChannelMap, points: Tensor, matches: ScaleMatches | None) -> ChannelMap:
    """Expected error (1 channel, mm) on a coarse lattice: how far the nearest matches differ from the field there.

    It ranks places and is not calibrated. A field without matches has nothing that vouches for it anywhere.
    """
    corners = field.grid.corners()
    grid = lattice_around(corners.min(0), corners.max(0), ERROR_LATTICE_MM)
    queries = lattice_queries(grid)
    if matches is None:
        return on_lattice(torch.full((len(queries),), ERROR_FLOOR_MM + UNSUPPORTED_MM), grid)
    index, distance = nearest(queries, points, WITNESSES)
    disagreement = (matches.displacement[index] - field.at(queries)[:, None]).norm(dim=2).mean(1)
    support = matches.confidence[index].mean(1)
    error = ERROR_FLOOR_MM + 0.4 * disagreement + UNSUPPORTED_MM * (1 - support) + 0.05 * distance[:, 0]
    return on_lattice(error, grid)


def _in_patient_space(points: Tensor, matches: ScaleMatches | None, to_moving: NDArray[np.float64]) -> Matches:
    """The matches through the pre-alignment; empty where the network makes none."""
    if matches is None:
        ends, confidence = np.zeros((0, 3), np.float32), np.zeros(0, np.float32)
        return Matches(ends, ends, confidence, np.zeros((0, 0), np.float32))
    moving = transform_points(to_moving, (points + matches.displacement).numpy().astype(np.float64))
    statistics = np.zeros((len(points), 0), np.float32)
    return Matches(points.numpy(), moving.astype(np.float32), matches.confidence.numpy(), statistics)
