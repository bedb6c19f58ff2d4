"""A series that was read becomes what objects derived from it need to know: its header and its instances."""

from __future__ import annotations

import json
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from registration.dicom.damage import is_damage
from registration.dicom.opening import objecting_to_damage, open_dataset
from registration.dicom.series import Series
from registration.provenance import DicomSource, SourceInstance

BULKY_BYTES = 8192
"""An attribute that is longer in JSON is none that a derived object repeats."""
LEFT_OUT = ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence", "PixelData", "OverlayData")
"""What belongs to single frames, or is an image."""


def source_of(series: Series) -> DicomSource:
    """The source of a series, slice by slice. Attributes that are damaged are left out."""
    instances = tuple(
        SourceInstance(f.class_uid, f.instance_uid, f.number + 1 if f.multiframe else None)
        for f in series.stack.nearest
    )
    with objecting_to_damage(series.first.path.name):
        return DicomSource(_json(open_dataset(series.first.path)), instances)


def _json(header: Dataset) -> dict[str, Any]:
    found = {f"{tag:08X}": _element(header, tag) for tag in header.keys() if not tag.is_private}  # noqa: SIM118
    return {tag: element for tag, element in found.items() if element is not None}


def _element(header: Dataset, tag: Any) -> dict[str, Any] | None:  # noqa: ANN401 pydicom's tag
    """One attribute in the JSON model; None for what is bulky, binary or cannot be read."""
    try:
        element: DataElement = header[tag]
        if element.keyword in LEFT_OUT or element.VR.startswith("O") or element.VR == "UN":
            return None
        values = element.to_json_dict(None, bulk_data_threshold=0)
    except Exception as error:
        if not is_damage(error):
            raise
        return None
    return values if len(json.dumps(values)) <= BULKY_BYTES else None
