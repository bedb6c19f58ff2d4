"""`kernelreg register`: two scans become a result folder."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from registration.keypoints.names import DEFAULT_DETECTOR, DETECTORS, MAX_KEYPOINTS, MIN_KEYPOINTS, require_detector

if TYPE_CHECKING:
    from cli.screen import Report
    from registration.keypoints.detector import Detector
    from registration.products.outcome import Outcome
    from registration.refinement.corrections import CorrectionSet
    from registration.result import Registration
    from registration.volume import Volume

ScanPath = Annotated[Path, typer.Argument(help="Folder or zip of DICOM, or a NIfTI, MHA or NRRD file.")]
MaskPath = Annotated[
    Path | None,
    typer.Option(help="Keypoints are taken inside: an image on the scan's grid, an RT Structure Set or a DICOM SEG."),
]
RoiName = Annotated[str | None, typer.Option(help="Region of the structure set or segment that is the mask.")]
Regrid = Annotated[
    bool, typer.Option("--regrid", help="Resample DICOM slices that are tilted, unequally spaced or missing.")
]
DetectorName = Annotated[str, typer.Option(help=f"What finds keypoints: {', '.join(DETECTORS)}.")]
MaxKeypoints = Annotated[
    int | None,
    typer.Option(min=MIN_KEYPOINTS, max=MAX_KEYPOINTS, help="Most keypoints of each scan, else as many as suit it."),
]
REGISTERED = 0.85
"""Share of the bar that the registration takes; writing takes the rest."""


@dataclass(frozen=True)
class Options:
    """How to register, as `registration.register.register` takes it."""

    preset: str
    detector: str | Detector
    max_keypoints: int | None
    finish: bool


def register(  # noqa: PLR0913 one argument for each option
    fixed: ScanPath,
    moving: ScanPath,
    output: Annotated[Path, typer.Option(help="Folder for the result; made when it does not exist.")],
    preset: Annotated[str, typer.Option(help="Intensity window: thorax, abdomen or auto.")] = "auto",
    fixed_mask: MaskPath = None,
    moving_mask: MaskPath = None,
    fixed_roi: RoiName = None,
    moving_roi: RoiName = None,
    regrid: Regrid = False,
    detector: DetectorName = DEFAULT_DETECTOR,
    max_keypoints: MaxKeypoints = None,
    finish: Annotated[bool, typer.Option(help="Move the kernel's field on to where the scans look alike.")] = True,
    correspondences: Annotated[
        Path | None, typer.Option(help="CSV fixed_x,...,moving_z in mm: the field will pass through these pairs.")
    ] = None,
    dicom: Annotated[
        bool, typer.Option("--dicom", help="Write DICOM objects, too; both scans must come as DICOM.")
    ] = False,
) -> None:
    """Register MOVING to FIXED: for every point of FIXED, where that tissue is in MOVING."""
    from cli.folders import staged
    from cli.scans import mask_at, scan_at
    from cli.screen import progress_bar
    from cli.tables import corrections_from
    from registration.presets import preset_named
    from registration.refinement.corrections import CorrectionSet

    started = time.perf_counter()
    preset_named(preset)
    finder = _finder(detector)
    clicks = corrections_from(correspondences) if correspondences else []
    with staged(output) as folder, progress_bar() as report:
        report("reading", 0.0)
        scans = scan_at(fixed, regrid=regrid).volume, scan_at(moving, regrid=regrid).volume
        if dicom:
            _require_dicom(*scans)
        masks = mask_at(fixed_mask, scans[0], fixed_roi), mask_at(moving_mask, scans[1], moving_roi)
        corrections = CorrectionSet(scans[0].grid, tuple(clicks))
        options = Options(preset, finder, max_keypoints, finish)
        result = _registered(scans, masks, options, report)
        report("writing", REGISTERED)
        outcome = _written(folder, scans, result, corrections, dicom=dicom)
    _summarise(outcome, output, time.perf_counter() - started)


def _finder(name: str) -> str | Detector:
    """The detector, with its weights: what is missing is said before anything is read. The default misses nothing."""
    if require_detector(name) == DEFAULT_DETECTOR:
        return name
    from registration.keypoints.named import detector_named  # loads torch
    from registration.weights.external import weights_folder

    return detector_named(name, weights_folder(os.environ))


def _registered(
    scans: tuple[Volume, Volume],
    masks: tuple[Volume | None, Volume | None],
    options: Options,
    report: Report,
) -> Registration:
    from registration.register import register as run  # loads torch

    return run(
        *scans,
        preset=options.preset,
        fixed_mask=masks[0],
        moving_mask=masks[1],
        detector=options.detector,
        max_keypoints=options.max_keypoints,
        finish=options.finish,
        progress=lambda stage, fraction: report(stage, REGISTERED * fraction),
    )


def _require_dicom(fixed: Volume, moving: Volume) -> None:
    """Say that scans are no DICOM before they are registered, not after."""
    from registration.products.dicom.identity import require_sources

    require_sources(fixed, moving)


def _written(
    folder: Path, scans: tuple[Volume, Volume], result: Registration, corrections: CorrectionSet, *, dicom: bool
) -> Outcome:
    from cli.dicom import FOLDER, write_dicom
    from registration.archive import load_result, save_corrections, save_result
    from registration.products.catalogue import write_products
    from registration.products.outcome import outcome_of

    save_result(folder, *scans, result)
    save_corrections(folder, corrections)
    outcome = outcome_of(load_result(folder))
    write_products(outcome, folder)
    if dicom:
        write_dicom(outcome, folder / FOLDER)
    return outcome


def _summarise(outcome: Outcome, output: Path, seconds: float) -> None:
    from cli.screen import print_facts
    from registration.products.report import report_of

    report = report_of(outcome)
    moved, error, bound, figures, alike = (
        report[k] for k in ("displacement_mm", "expected_error_mm", "bound_mm", "jacobian", "likeness")
    )
    stages = "  ".join(f"{stage} {took:.1f}" for stage, took in report["timings_s"].items())
    facts = [
        ("keypoints", f"{report['keypoints']} matched, found by {report['detector']}"),
        ("displacement", f"{moved['median']:.1f} mm median, {moved['max']:.1f} mm largest"),
        ("expected error", _median_and_worst(error)),
        (f"{100 * bound['level']:.0f} % within", _median_and_worst(bound)),
        ("likeness", f"correlation {alike['correlation_before']:.3f} before, {alike['correlation_after']:.3f} after"),
        ("smoothness", f"std of log J {figures['sd_log_jacobian']:.3f}, {figures['folds']} folded voxels"),
        ("corrections", str(len(outcome.corrections))),
        ("time", f"{seconds:.1f} s"),
        ("of which", stages),
        ("result", str(output)),
    ]
    print_facts("Registered", facts, [report["notice"]])


def _median_and_worst(spread: dict[str, float]) -> str:
    return f"{spread['median']:.1f} mm median, {spread['p90']:.1f} mm in the worst tenth"
