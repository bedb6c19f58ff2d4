"""The door for scans, masks and tables: files in any of the accepted formats become volumes and points."""

from registration.dicom import Regridding
from registration.reading.dicom_scan import DicomReading
from registration.reading.limits import ReadingLimits
from registration.reading.masks import read_mask
from registration.reading.report import ScanReport
from registration.reading.scan import Scan, read_scan
from registration.reading.tables import read_correspondences, read_points

__all__ = [
    "DicomReading",
    "ReadingLimits",
    "Regridding",
    "Scan",
    "ScanReport",
    "read_correspondences",
    "read_mask",
    "read_points",
    "read_scan",
]
