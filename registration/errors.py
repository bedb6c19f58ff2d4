"""What the method can object to: one family, each with a stable code and a message: what, where, expected and got."""

from __future__ import annotations

CODES: dict[str, str] = {
    # scans: bytes that cannot become a volume
    "scan-not-found": "The scan does not exist",
    "scan-empty": "The scan holds no bytes or no images",
    "scan-unreadable": "The file is no image format that kernelreg reads",
    "scan-truncated": "The file ends before its image does",
    "scan-not-a-volume": "The file holds no single-channel 3D volume",
    "scan-too-small": "The volume has too few voxels along an axis",
    "scan-values-invalid": "The volume holds values that are no finite numbers",
    "archive-unsafe": "The archive holds unsafe paths or inflates beyond the limit",
    "series-mixed": "The files belong to more than one series",
    "series-missing-slices": "Slices are missing from the series",
    "series-unequal-spacing": "The slices of the series are not equally spaced",
    "series-duplicate-slices": "Different slices of the series claim the same position",
    "series-tilted": "The series was acquired with a tilted gantry",
    "series-geometry-missing": "The series does not say where its slices lie",
    "series-rescale-invalid": "The series does not say how its numbers become intensities",
    "preamble-unsafe": "The preamble of a DICOM file makes it another kind of file as well",
    # masks and grids
    "mask-grid-mismatch": "The mask does not lie on its scan's grid",
    "mask-empty": "The mask selects no voxel",
    "mask-part-unknown": "The structure set or segmentation has no part of this name",
    "labels-invalid": "The volume holds values that are no labels",
    # fields that other tools computed
    "field-unreadable": "The file is no displacement field that kernelreg reads",
    "field-damaged": "The file ends before its field does, or is damaged",
    "field-values-invalid": "The field holds displacements that are no finite numbers, or leave every scan",
    "field-grid-mismatch": "The field does not fit the two scans",
    # points and corrections
    "table-unreadable": "The table of points or correspondences cannot be read",
    "point-not-finite": "A coordinate is no finite number",
    "point-outside-scan": "A point lies outside the scan",
    "correspondences-contradict": "Two correspondences contradict each other",
    "too-many-correspondences": "The set holds more correspondences than can be solved together",
    "correspondence-unknown": "No correspondence has this identifier",
    # the method
    "preset-unknown": "No preset has this name",
    "scans-do-not-overlap": "The two scans show no common region",
    "too-few-keypoints": "The scans offer too few distinct structures to match",
    "result-unreadable": "The folder holds no result of kernelreg",
    "weights-invalid": "The weights file does not fit the model",
    "weights-missing": "The weights file of a third party is not where it is expected",
    "detector-unknown": "No keypoint detector has this name",
    "detector-not-installed": "The keypoint detector needs a package that is not installed",
    # DICOM objects
    "no-dicom-source": "A scan of the registration did not come as DICOM",
    "object-unknown": "There is no DICOM object of this name",
    "field-too-large": "The field does not fit into the object at this spacing",
    # training
    "config-invalid": "The configuration of the training run cannot be used",
    "data-set-invalid": "The data set is not laid out as described",
    "figure-undefined": "The figure has no value for this case",
    "method-unknown": "No registration method has this name",
    "prediction-invalid": "The predicted fields do not belong to the data set",
    "training-diverged": "The training run left the finite numbers",
    "cancelled": "The registration was cancelled",
}
"""Every code the method raises, with the one-line title that clients see. Codes never change meaning."""


class KernelregError(Exception):
    """An objection of the method: `code` from `CODES`, a full message, and named details (numbers, never pixels)."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        assert code in CODES, code
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details

    @property
    def title(self) -> str:
        """The code in one short sentence."""
        return CODES[self.code]


class ScanError(KernelregError):
    """Bytes that cannot become a volume, or a mask that does not fit."""


class FieldError(KernelregError):
    """A file that is no displacement field between the two scans."""


class PointError(KernelregError):
    """A point, table or correction that cannot be used."""


class MethodError(KernelregError):
    """Two volumes that cannot be registered, or a result that cannot be read."""


class CancelledError(MethodError):
    """Raised between stages when the caller asked to stop."""

    def __init__(self) -> None:
        super().__init__("cancelled", "The registration was cancelled between two stages.")
