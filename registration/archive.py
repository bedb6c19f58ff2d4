"""A registration becomes a folder that survives restarts, and the folder a result again, memory-mapped.

DIR/state/manifest.json      format version, identity, grids, preset, model, pre-alignment, QA figures, timings, notice
DIR/state/base_field.npy     (z, y, x, 3) float32 mm, revision 0; corrections never touch it
DIR/state/error_mm.npy       (z, y, x) float32          DIR/state/attention_std.npy  (z, y, x) float32
DIR/state/fixed.npy          (z, y, x) float32          DIR/state/moving.npy     (z, y, x) float32
DIR/state/matches.npz        the matched keypoints
DIR/state/fixed_source.json  the DICOM series of the scan, where there is one; so DIR/state/moving_source.json
DIR/state/corrections.json   the corrections in force; the one file that is ever replaced
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from registration.confidence.bounds import ErrorBounds
from registration.errors import MethodError
from registration.field.displacement import DisplacementField
from registration.matches import Matches
from registration.plain import grid_from_json, grid_to_json, json_text
from registration.provenance import DicomSource, source_from_json
from registration.refinement.corrections import CorrectionSet
from registration.result import Judged, ModelIdentity, Registration
from registration.volume import Volume

FORMAT = "kernelreg-result"
VERSION = 3
NOTICE = "Research use only. Not a medical device."


@dataclass(frozen=True)
class StoredResult(Judged):
    """A result on disk: arrays are read where they are touched. `base` is the field before any correction."""

    folder: Path
    manifest: dict[str, Any]
    base: DisplacementField
    fixed: Volume
    moving: Volume
    error_mm: NDArray[np.float32]
    attention_std: NDArray[np.float32]
    bounds: ErrorBounds

    @cached_property
    def matches(self) -> Matches:
        """The matched keypoints."""
        with np.load(self.folder / "state" / "matches.npz") as arrays:
            return Matches(*(arrays[n] for n in ("fixed_mm", "moving_mm", "confidence", "statistics")))

    @cached_property
    def corrections(self) -> CorrectionSet:
        """The corrections that were in force when the result was loaded."""
        rows = json.loads((self.folder / "state" / "corrections.json").read_text("utf-8"))["correspondences"]
        return CorrectionSet.from_json(self.base.grid, rows)

    @property
    def model(self) -> ModelIdentity:
        """Which model made it."""
        return ModelIdentity(**self.manifest["model"])


def save_result(folder: Path, fixed: Volume, moving: Volume, registration: Registration) -> None:
    """Write `folder/state` completely or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".state-{uuid4().hex}"
    try:
        _write_state(fresh, fixed, moving, registration)
        _replace_folder(fresh, folder / "state")
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def save_corrections(folder: Path, corrections: CorrectionSet) -> None:
    """Replace the corrections in force of the result in `folder`, atomically."""
    path = folder / "state" / "corrections.json"
    fresh = path.with_name(f".corrections-{uuid4().hex}.json")
    _write_corrections(fresh, corrections)
    fresh.replace(path)


def load_result(folder: Path) -> StoredResult:
    """The result in `folder`, memory-mapped. Raises `result-unreadable` naming the folder and what is wrong."""
    try:
        manifest = json.loads((folder / "state" / "manifest.json").read_text("utf-8"))
        if (manifest["format"], manifest["version"]) != (FORMAT, VERSION):
            raise ValueError(f"expected {FORMAT} version {VERSION}, got {manifest['format']} {manifest['version']}")
        return _opened(folder, manifest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{folder.name} holds no readable result of kernelreg: {_reason(error)}."
        raise MethodError("result-unreadable", message) from error


def _write_state(state: Path, fixed: Volume, moving: Volume, registration: Registration) -> None:
    state.mkdir()
    arrays = {
        "base_field": registration.field.vectors_mm,
        "error_mm": registration.error_mm,
        "attention_std": registration.attention_std,
        "fixed": fixed.values,
        "moving": moving.values,
    }
    for name, scan in (("fixed", fixed), ("moving", moving)):
        if scan.source:
            (state / f"{name}_source.json").write_text(scan.source.to_json(), "utf-8")
    for name, values in arrays.items():
        np.save(state / f"{name}.npy", np.ascontiguousarray(values, dtype=np.float32))
    m = registration.matches
    np.savez(
        state / "matches.npz",
        fixed_mm=m.fixed_mm,
        moving_mm=m.moving_mm,
        confidence=m.confidence,
        statistics=m.statistics,
    )
    _write_corrections(state / "corrections.json", CorrectionSet(fixed.grid))
    (state / "manifest.json").write_text(json_text(_manifest(fixed, moving, registration)), "utf-8")


def _manifest(fixed: Volume, moving: Volume, registration: Registration) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "identity": uuid4().hex,
        "made_at": datetime.now(UTC).isoformat(),
        "notice": NOTICE,
        "direction": "fixed -> moving: moving_point = x + d(x), LPS mm, trilinear on the fixed grid",
        "fixed_grid": grid_to_json(fixed.grid),
        "moving_grid": grid_to_json(moving.grid),
        "preset": registration.preset,
        "model": asdict(registration.model),
        "pre_alignment": registration.pre_alignment,
        "error_bounds": registration.bounds.to_json(),
        "qa": registration.qa,
        "timings_s": registration.timings_s,
    }


def _write_corrections(path: Path, corrections: CorrectionSet) -> None:
    path.write_text(json_text({"version": 1, "correspondences": corrections.to_json()}), "utf-8")


def _opened(folder: Path, manifest: dict[str, Any]) -> StoredResult:
    fixed, moving = grid_from_json(manifest["fixed_grid"]), grid_from_json(manifest["moving_grid"])

    def mapped(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        values: NDArray[np.float32] = np.load(folder / "state" / f"{name}.npy", mmap_mode="r")
        if values.shape != shape or values.dtype != np.float32:
            raise ValueError(f"{name}.npy is {values.dtype} {values.shape}, expected float32 {shape}")
        return values

    return StoredResult(
        folder,
        manifest,
        DisplacementField(mapped("base_field", (*fixed.shape, 3)), fixed),
        Volume(mapped("fixed", fixed.shape), fixed, _source(folder, "fixed")),
        Volume(mapped("moving", moving.shape), moving, _source(folder, "moving")),
        mapped("error_mm", fixed.shape),
        mapped("attention_std", fixed.shape),
        ErrorBounds.from_json(manifest["error_bounds"]),
    )


def _source(folder: Path, name: str) -> DicomSource | None:
    file = folder / "state" / f"{name}_source.json"
    return source_from_json(file.read_text("utf-8")) if file.exists() else None


def _replace_folder(fresh: Path, target: Path) -> None:
    """Put `fresh` where `target` is; a folder cannot be renamed over a filled one, so the old one steps aside."""
    aside = fresh.with_name(fresh.name + "-old")
    if target.exists():
        target.rename(aside)
    fresh.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{Path(error.filename or 'a file').name} is missing"
    return "an array or the manifest is damaged" if isinstance(error, (KeyError, TypeError, EOFError)) else str(error)
