"""What our objects say becomes codes: DICOM's, SNOMED's and UCUM's where there is one, else those of our own scheme."""

from __future__ import annotations

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from pydicom.sr.coding import Code

SCHEME = "99KERNELREG"
OWN: dict[str, str] = {
    "fixed-series": "Fixed series",
    "moving-series": "Moving series",
    "displacement": "Displacement of tissue from the fixed to the moving scan",
    "expected-error": "Expected error of the displacement field",
    "error-bound-90": "Bound below which 90 % of errors lie",
    "confidence": "Confidence of the displacement field",
    "jacobian": "Jacobian determinant of the displacement field",
    "folded-voxels": "Voxels with a Jacobian determinant of at most zero",
    "folded-share": "Share of voxels with a Jacobian determinant of at most zero",
    "log-jacobian": "Logarithm of the Jacobian determinant",
    "log-jacobian-l2r": "Logarithm of the Jacobian determinant as Learn2Reg defines it",
    "correlation-pre": "Correlation of the scans before registration",
    "correlation-post": "Correlation of the scans after registration",
    "matches": "Keypoints matched between the scans",
    "correspondences": "Correspondences given by the user",
    "residual-before": "Distance to a given correspondence before correction",
    "residual-after": "Distance to a given correspondence after correction",
    "direction": "Direction of the displacement field",
    "field": "Deformable registration of two scans",
}
"""Code value (at most 16 characters) -> meaning (at most 64): the whole private scheme."""

MM = Code("mm", "UCUM", "mm")
PERCENT = Code("%", "UCUM", "percent")
VOXELS = Code("{voxels}", "UCUM", "voxels")
POINTS = Code("{points}", "UCUM", "points")
UNITLESS = Code("1", "UCUM", "no units")

MEDIAN = Code("373099004", "SCT", "Median")
P90 = Code("371887004", "SCT", "90th Percentile Value of population")
MINIMUM = Code("255605001", "SCT", "Minimum")
MAXIMUM = Code("56851009", "SCT", "Maximum")
DEVIATION = Code("386136009", "SCT", "Standard Deviation")

TISSUE = Code("85756007", "SCT", "Tissue")
COLLOCATION = Code("133884007", "SCT", "Spatial collocation analysis")
DEFORMED = Code("125027", "DCM", "Deformed for Registration")
ARTIFICIAL_INTELLIGENCE = Code("123110", "DCM", "Artificial Intelligence")
DEVICE = Code("121007", "DCM", "Device")
COMMENT = Code("121106", "DCM", "Comment")


def own(value: str) -> Code:
    """The code of our own scheme."""
    return Code(value, SCHEME, OWN[value])


def scheme() -> CodingSchemeIdentificationItem:
    """Our scheme as Coding Scheme Identification (PS3.3 C.12.1) names it."""
    return CodingSchemeIdentificationItem(
        SCHEME, name="Codes of kernelreg", version="1", responsible_organization="kernelreg"
    )
