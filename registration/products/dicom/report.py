"""The figures of a result become a structured report of the fixed scan's study: Comprehensive 3D SR, TID 1500."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

import highdicom.sr as sr
import numpy as np
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import UID, Comprehensive3DSRStorage

from registration.products.dicom import codes
from registration.products.dicom.identity import Sources, Stamp, frame_of_reference, sources_of
from registration.products.dicom.modules import MANUFACTURER, RESEARCH, UTF8, Kind, new_object, saved
from registration.products.dicom.references import evidence
from registration.products.outcome import Outcome
from registration.products.report import report_of
from registration.refinement.corrections import Point
from registration.result import ModelIdentity

KIND = Kind("report", Comprehensive3DSRStorage, "SR", "report", 9007)
Figure = tuple[str, float, Code, Code | None]
"""Own code, value, unit, and how it was derived from the values of many voxels."""
SPREAD = {"median": codes.MEDIAN, "p90": codes.P90, "max": codes.MAXIMUM}
"""Key of a spread in the report -> how DICOM calls it."""
DIGITS = 4
"""Digits of a number for who reads it."""
NOWHERE = ("FrameOfReferenceUID", "PositionReferenceIndicator", "BodyPartExamined", "Laterality")
"""What a document does not have."""


def write_structured_report(outcome: Outcome, stamp: Stamp, folder: Path) -> list[Path]:
    """One document in `folder`; its path. Raises `no-dicom-source` when a scan did not come as DICOM."""
    sources = sources_of(outcome)
    one = new_object(outcome, stamp, KIND)
    for keyword in NOWHERE:
        one.pop(keyword, None)
    one.CompletionFlag, one.VerificationFlag, one.PreliminaryFlag = "COMPLETE", "UNVERIFIED", "FINAL"
    one.PerformedProcedureCodeSequence, one.ReferencedPerformedProcedureStepSequence = [], []
    one.update(evidence(sources.fixed, sources.moving))
    one.update(_listed(_content(outcome, stamp, sources)[0]))
    one.CodingSchemeIdentificationSequence = [codes.scheme()]
    if not "".join(outcome.corrections.ids).isascii():
        one.SpecificCharacterSet = UTF8
    return [saved(one, folder)]


def _content(outcome: Outcome, stamp: Stamp, sources: Sources) -> sr.MeasurementReport:
    """The document's tree: who observed, what was done, one group for the registration and one for each correction."""
    report, model = report_of(outcome), outcome.stored.model
    groups = [_registration(report, model, stamp, sources)]
    frame = frame_of_reference(sources.fixed)
    places = {one.id: one.fixed_mm for one in outcome.corrections.correspondences}
    groups += [_correction(row, places[row["id"]], frame, stamp) for row in report["corrections"]]
    return sr.MeasurementReport(_observer(model, stamp), codes.COLLOCATION, groups)


def _listed(item: Dataset) -> Dataset:
    """The tree with its containers as lists: as running text readers show values without their names."""
    if "ContinuityOfContent" in item:
        item.ContinuityOfContent = "SEPARATE"
    for inner in item.get("ContentSequence", ()):
        _listed(inner)
    return item


def _observer(model: ModelIdentity, stamp: Stamp) -> sr.ObservationContext:
    """A device saw all this: the model."""
    device = sr.DeviceObserverIdentifyingAttributes(
        stamp.instance_uid("observer"),
        name=MANUFACTURER,
        manufacturer_name=MANUFACTURER,
        model_name=model.name,
        serial_number=model.weights_sha256[:16] or model.version,
    )
    return sr.ObservationContext(
        observer_device_context=sr.ObserverContext(sr.CodedConcept.from_code(codes.DEVICE), device)
    )


def _registration(
    report: dict[str, Any], model: ModelIdentity, stamp: Stamp, sources: Sources
) -> sr.MeasurementsAndQualitativeEvaluations:
    group = sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(stamp.instance_uid("tracked"), "Registration"),
        finding_type=codes.own("field"),
        algorithm_id=sr.AlgorithmIdentification(
            model.name, model.version, [f"preset={report['preset']}", f"weights={model.weights_sha256 or 'none'}"]
        ),
        measurements=_figures(report),
    )
    items = group[0].ContentSequence
    for name, source in (("fixed-series", sources.fixed), ("moving-series", sources.moving)):
        if source.series_uid:
            items.append(sr.UIDRefContentItem(codes.own(name), source.series_uid, "CONTAINS"))
    for concept, text in ((codes.own("direction"), report["direction"]), (codes.COMMENT, RESEARCH)):
        items.append(sr.TextContentItem(concept, text, "CONTAINS"))
    return group


def _figures(report: dict[str, Any]) -> list[sr.Measurement]:
    """Every number of the report that is finite."""
    jacobian, likeness = report["jacobian"], report["likeness"]
    rows = [
        *_spread("expected-error", report["expected_error_mm"], codes.MM),
        *_spread("error-bound-90", report["bound_mm"], codes.MM),
        *_spread("confidence", report["confidence"], codes.UNITLESS),
        *_spread("displacement", report["displacement_mm"], codes.MM),
        ("folded-voxels", jacobian["folds"], codes.VOXELS, None),
        ("folded-share", jacobian["folds_percent"], codes.PERCENT, None),
        ("jacobian", jacobian["jacobian_min"], codes.UNITLESS, codes.MINIMUM),
        ("jacobian", jacobian["jacobian_max"], codes.UNITLESS, codes.MAXIMUM),
        ("log-jacobian", jacobian["sd_log_jacobian"], codes.UNITLESS, codes.DEVIATION),
        ("log-jacobian-l2r", jacobian["sd_log_jacobian_learn2reg"], codes.UNITLESS, codes.DEVIATION),
        ("correlation-pre", likeness["correlation_before"], codes.UNITLESS, None),
        ("correlation-post", likeness["correlation_after"], codes.UNITLESS, None),
        ("matches", report["keypoints"], codes.POINTS, None),
        ("correspondences", len(report["corrections"]), codes.POINTS, None),
    ]
    return [_measured(*row) for row in rows if isfinite(row[1])]


def _correction(
    row: dict[str, Any], fixed_mm: Point, frame: UID, stamp: Stamp
) -> sr.MeasurementsAndQualitativeEvaluations:
    """How far one of the user's correspondences was from the field before it was applied, and is now, and where."""
    tracked = sr.TrackingIdentifier(stamp.instance_uid(f"tracked {row['id']}"), row["id"])
    place = sr.CoordinatesForMeasurement3D("POINT", np.array([fixed_mm]), frame)
    before = _measured("residual-before", row["before_mm"], codes.MM, place=place)
    after = _measured("residual-after", row["after_mm"], codes.MM, place=place)
    return sr.MeasurementsAndQualitativeEvaluations(tracked, measurements=[before, after])


def _spread(name: str, spread: dict[str, float], unit: Code) -> list[Figure]:
    return [(name, spread[key], unit, derivation) for key, derivation in SPREAD.items()]


def _measured(
    name: str,
    value: float,
    unit: Code,
    derivation: Code | None = None,
    place: sr.CoordinatesForMeasurement3D | None = None,
) -> sr.Measurement:
    """A number as it is, and rounded for who reads it; of a place, where it has one."""
    places = [place] if place is not None else None
    one = sr.Measurement(codes.own(name), value, unit, derivation=derivation, referenced_coordinates=places)
    one[0].MeasuredValueSequence[0].NumericValue = (
        str(value) if isinstance(value, int) else f"{round(value, DIGITS):.{DIGITS}g}"
    )
    return one
