"""The moving scan's header becomes what a derived image still says of how its data were acquired and how to show them.

Only what stays true of resampled voxels, and what the image modules ask for (PS3.3 C.8.2.1, C.8.3.1, C.7.6.1, C.11.2).
"""

from __future__ import annotations

from pydicom.dataset import Dataset

KEPT = (
    "AcquisitionDate", "AcquisitionTime", "AcquisitionDateTime", "ContrastBolusAgent", "ContrastBolusAgentSequence",
    "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod",
    "WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction",
)  # fmt: skip
"""Kept where the scan has them; data that were compressed with loss once stay so."""
ASKED: dict[str, dict[str, object]] = {
    "CT": {"AcquisitionNumber": None, "KVP": None},
    "MR": {
        "ScanningSequence": "RM",
        "SequenceVariant": "NONE",
        "ScanOptions": None,
        "MRAcquisitionType": None,
        "RepetitionTime": None,
        "EchoTime": None,
        "EchoTrainLength": None,
    },
}
"""By modality what the image must say, with what it says where the scan is silent."""
CT_WINDOW = (40, 400)


def acquired(moving: Dataset, modality: str) -> Dataset:
    """The attributes of a derived image of this modality; `moving` is a header of the scan."""
    one = Dataset()
    for keyword in (*KEPT, *ASKED[modality]):
        if moving.get(keyword) not in (None, ""):
            one[keyword] = moving[keyword]
    for keyword, silent in ASKED[modality].items():
        if keyword not in one:
            setattr(one, keyword, silent)
    if "IR" in (one.get("ScanningSequence") or ()):  # a term, or several: no other term has these letters
        one.InversionTime = moving.get("InversionTime")
    if "WindowCenter" not in one or "WindowWidth" not in one:
        _rewindow(one, modality)
    return one


def _rewindow(one: Dataset, modality: str) -> None:
    """Soft tissue for CT; an MR scan without a window says nothing, and viewers find their own."""
    for keyword in ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction"):
        if keyword in one:
            delattr(one, keyword)
    if modality == "CT":
        one.WindowCenter, one.WindowWidth = CT_WINDOW
