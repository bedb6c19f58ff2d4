"""The whole path on one screen: two volumes in, one registration out."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np
import torch
from numpy.typing import NDArray

from registration.abreast import abreast
from registration.confidence.bounds import expected_error_mm, localisation_mm
from registration.confidence.causes import causes_of_doubt
from registration.confidence.model import calibrated_model
from registration.correspondences.match import Matched
from registration.field.finish import FinishSettings
from registration.field.lattice import lattice_queries, nodes_over, on_lattice, read_out_scalar
from registration.field.unfolding import on_fixed_grid, unfolded
from registration.geometry import Grid
from registration.kernel.keys import Keys, Spread
from registration.keypoints.detect import Keypoints, body_mask, detect_keypoints
from registration.keypoints.detector import Detector
from registration.keypoints.named import detector_named
from registration.keypoints.names import DEFAULT_DETECTOR
from registration.matches import Matches
from registration.model import Model, default_model
from registration.prealignment import align
from registration.presets import is_ct, preset_named
from registration.quality import pre_alignment_figures, quality
from registration.result import Registration
from registration.sampling import ChannelMap
from registration.stages import Clock, Progress
from registration.volume import Volume, canonical
from registration.working import WorkingPair, WorkingScan, mask_on_lattice, transform_points, working_pair

STAGES = {
    "pre-alignment": 0.0,
    "features": 0.1,
    "keypoints": 0.25,
    "matching": 0.3,
    "field": 0.55,
    "finish": 0.65,
    "confidence": 0.88,
    "read-out": 0.9,
    "quality": 0.95,
}
"""The stages in order, and the share of the work done when each begins."""

WORKING_MM = 2.0
REACH_MM = 40.0
CT_FINISH, OTHER_FINISH = FinishSettings(smoothness=0.9, descriptors=0.6), FinishSettings(descriptors=0.0)
"""MIND-SSC beside local contrast gains on CT and loses on MR of thick slices (measured)."""
KEYPOINTS_PER_LITRE = 155.0
KEYPOINTS_MIN, KEYPOINTS_MAX = 512, 2048
"""From each scan, by the volume of the body; denser ones are weaker ones (measured)."""


def register(  # noqa: PLR0913 two scans and, by name, everything that a person chooses
    fixed: Volume,
    moving: Volume,
    *,
    preset: str = "auto",
    fixed_mask: Volume | None = None,
    moving_mask: Volume | None = None,
    detector: str | Detector = DEFAULT_DETECTOR,
    max_keypoints: int | None = None,
    finish: bool = True,
    progress: Progress | None = None,
    model: Model | None = None,
) -> Registration:
    """The displacement field from `fixed` to `moving` on the fixed grid, LPS mm, `moving_point = x + d(x)`.

    fixed_mask, moving_mask: on their scan's grid; keypoints are taken inside only. progress may raise to cancel.
    detector: one of `keypoints.names.DETECTORS`, or one made with weights of its own. max_keypoints: of each scan.
    finish: whether the kernel's field is moved on to where the scans look alike; False gives the kernel's field itself.
    Raises MethodError: `preset-unknown`, `scans-do-not-overlap`, `too-few-keypoints`, and what `detector_named` raises.
    """
    chosen, model = preset_named(preset), model or default_model()
    finder = detector_named(detector) if isinstance(detector, str) else detector
    clock = Clock(progress, STAGES)
    with clock.stage("pre-alignment"):
        scans = canonical(fixed), canonical(moving)
        to_moving = align(*scans, chosen)
        pair = working_pair(*scans, to_moving=to_moving, preset=chosen, step_mm=WORKING_MM, reach_mm=REACH_MM)
    with ExitStack() as held:
        with clock.stage("features"):
            opened = held.enter_context(model.computing.open(pair))
        with clock.stage("keypoints"):
            keypoints = _keypoints(pair, (fixed_mask, moving_mask), to_moving, finder, max_keypoints)
        with clock.stage("matching"):
            matched = opened.match(*keypoints)
            keys = Keys(matched.points, matched.displacement, matched.confidence, matched.statistics)
        with clock.stage("field"):
            start, spread = _lattice_field(keys, model, pair.fixed_grid)
            compared = body_mask(pair.fixed, pair.fixed_inside)
        with clock.stage("finish"):
            settings = CT_FINISH if is_ct(fixed) and is_ct(moving) else OTHER_FINISH
            lattice = opened.finish(start, compared, settings) if finish else start
    with clock.stage("confidence"):
        judge = model.error or calibrated_model()
        log_error = judge.log_error(causes_of_doubt(spread, start, lattice, pair.scans, compared), finished=finish)
        del opened, held, pair  # a gigabyte or more, before the field on the fixed grid needs its own
    with clock.stage("read-out"):
        field = on_fixed_grid(lattice, fixed.grid, to_moving)
        error_mm = expected_error_mm(read_out_scalar(log_error, fixed.grid), localisation_mm(fixed.grid, moving.grid))
        attention_std = read_out_scalar(on_lattice(spread.attention_std, lattice.grid), fixed.grid)
    with clock.stage("quality"):
        matches = _matches(matched, to_moving)
        qa = quality(field, matches) | pre_alignment_figures(to_moving, fixed.grid)
        qa |= {"detector": finder.name, "finish": finish}
    return Registration(
        field,
        error_mm,
        attention_std,
        judge.bounds(finished=finish),
        matches,
        to_moving,
        model.identity,
        qa,
        clock.seconds,
        chosen.name,
    )


def _keypoints(
    pair: WorkingPair,
    masks: tuple[Volume | None, Volume | None],
    to_moving: NDArray[np.float64],
    finder: Detector,
    most: int | None,
) -> tuple[Keypoints, Keypoints]:
    """Keypoints of both scans in the fixed frame, inside the body and the given masks, at most `most` of each."""
    ways = zip(pair.scans, masks, (np.eye(4), to_moving), strict=True)
    there, back = abreast(lambda way: _found(*way, finder, most), list(ways))
    return there, back


def _found(
    scan: WorkingScan, mask: Volume | None, to_mask: NDArray[np.float64], finder: Detector, most: int | None
) -> Keypoints:
    """Keypoints of one scan; its mask lies where `to_mask` leads."""
    allowed = body_mask(scan.image, scan.inside)
    if mask is not None:
        allowed &= mask_on_lattice(mask, scan.grid, to_mask)
    return detect_keypoints(scan.image, allowed, scan.grid, count=_keypoint_count(allowed, most), detector=finder)


def _keypoint_count(allowed: torch.Tensor, most: int | None) -> int:
    """By the volume of the body; what a caller allows at most stands in for the usual 2048."""
    litres = float(allowed.sum()) * WORKING_MM**3 * 1e-6
    return int(min(max(KEYPOINTS_PER_LITRE * litres, KEYPOINTS_MIN), KEYPOINTS_MAX if most is None else most))


def _lattice_field(keys: Keys, model: Model, grid: Grid) -> tuple[ChannelMap, Spread]:
    """The kernel's field (3 channels, mm) around the patient, and all that the kernel says at its nodes.

    Farther out the value at the lattice's rim holds.
    """
    lattice = nodes_over(grid)
    spread = model.kernel.spread(lattice_queries(lattice), keys)
    return unfolded(on_lattice(spread.displacement, lattice)), spread


def _matches(matched: Matched, to_moving: NDArray[np.float64]) -> Matches:
    """The matches in patient space: the moving end through the pre-alignment."""
    moving = transform_points(to_moving, (matched.points + matched.displacement).numpy().astype(np.float64))
    return Matches(
        matched.points.numpy(), moving.astype(np.float32), matched.confidence.numpy(), matched.statistics.numpy()
    )
