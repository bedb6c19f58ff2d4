"""The DICOM door: files in, one checked stack of slices out, and a volume back to files. Numpy and pydicom only."""

import pydicom.config

from registration.dicom.header import looks_like_dicom
from registration.dicom.pixels import hounsfield
from registration.dicom.series import Dropped, Series, read_series
from registration.dicom.source import source_of
from registration.dicom.writing import SeriesIdentity, write_dicom_series

__all__ = [
    "Dropped",
    "Series",
    "SeriesIdentity",
    "hounsfield",
    "looks_like_dicom",
    "read_series",
    "source_of",
    "write_dicom_series",
]

# Odd values are judged here. pydicom's own warnings would quote them, and with them perhaps a patient, into logs.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
