"""What a Segmentation or RT Structure Set calls its parts becomes the names of segments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from registration.dicom.opening import objecting_to_damage, open_dataset
from registration.products.dicom.codes import TISSUE

TAGS = ("SegmentSequence", "StructureSetROISequence")


@dataclass(frozen=True)
class Segment:
    """What a label stands for: its name and DICOM's codes of it, and the colour it was shown in."""

    name: str
    category: Code = TISSUE
    type: Code = TISSUE
    colour: tuple[int, int, int] | None = None


def segments_of(path: Path) -> dict[int, Segment]:
    """Segment (or region) number -> what the file says of it; empty for any other DICOM object.

    Of a structure set the names alone. Raises `scan-unreadable` for a damaged file.
    """
    with objecting_to_damage(path.name):
        header = open_dataset(path, TAGS)
        segments = {int(one.SegmentNumber): _segment(one) for one in header.get("SegmentSequence") or ()}
        regions = header.get("StructureSetROISequence") or ()
        return segments or {int(one.ROINumber): Segment(str(one.get("ROIName") or "")) for one in regions}


def _segment(one: Dataset) -> Segment:
    category = _code(one.get("SegmentedPropertyCategoryCodeSequence"))
    kind = _code(one.get("SegmentedPropertyTypeCodeSequence"))
    colour = tuple(int(v) for v in one.get("RecommendedDisplayCIELabValue") or ())
    return Segment(str(one.get("SegmentLabel") or ""), category, kind, (*colour,) if len(colour) == 3 else None)


def _code(sequence: list[Dataset] | None) -> Code:
    """The code of an item, or tissue of some sort where it is missing or incomplete."""
    item = sequence[0] if sequence else Dataset()
    value, scheme, meaning = (str(item.get(k) or "") for k in ("CodeValue", "CodingSchemeDesignator", "CodeMeaning"))
    return Code(value, scheme, meaning) if value and scheme and meaning else TISSUE
