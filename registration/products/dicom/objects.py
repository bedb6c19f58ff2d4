"""Names become DICOM objects: which object each name of a result stands for, written one sub-folder each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from registration.errors import MethodError
from registration.products.dicom.deformable import write_deformable
from registration.products.dicom.derived_series import write_derived_series
from registration.products.dicom.fiducials import write_fiducials
from registration.products.dicom.identity import Stamp
from registration.products.dicom.parametric import MAPS
from registration.products.dicom.report import write_structured_report
from registration.products.dicom.rigid import write_rigid
from registration.products.outcome import Outcome

Writer = Callable[[Outcome, Stamp, Path], list[Path]]
"""Writes the instances of one object into an existing folder; their paths in order."""

OBJECTS: dict[str, Writer] = {
    "registration": write_deformable,
    "pre-alignment": write_rigid,
    "warped": write_derived_series,
    **{one.kind.name: one.write for one in MAPS},
    "report": write_structured_report,
    "correspondences": write_fiducials,
}
"""Every object by its name."""


def write_objects(outcome: Outcome, folder: Path, names: Sequence[str], stamp: Stamp) -> dict[str, list[Path]]:
    """Write objects into `folder`, a sub-folder each; the paths of their instances by name.

    An object of nothing, as of no correspondences, has neither instance nor sub-folder. Raises `object-unknown` before
    anything is written, `no-dicom-source` when a scan did not come as DICOM.
    """
    unknown = [name for name in names if name not in OBJECTS]
    if unknown:
        raise MethodError("object-unknown", f"No DICOM object {', '.join(unknown)}; there are {', '.join(OBJECTS)}.")
    written: dict[str, list[Path]] = {}
    for name in names:
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        written[name] = OBJECTS[name](outcome, stamp, place)
        if not written[name]:
            place.rmdir()
    return written
