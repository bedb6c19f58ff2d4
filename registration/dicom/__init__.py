"""The DICOM door: files in, one checked stack of slices out, and a volume back to files. Numpy and pydicom only."""

import logging

import pydicom.config

from registration.dicom.belonging import Dropped
from registration.dicom.pixels import hounsfield, slices
from registration.dicom.preamble import looks_like_dicom
from registration.dicom.regridding import Regridding
from registration.dicom.series import Series, read_series
from registration.dicom.source import source_of
from registration.dicom.writing import SeriesIdentity, write_dicom_series

__all__ = [
    "Dropped",
    "Regridding",
    "Series",
    "SeriesIdentity",
    "hounsfield",
    "looks_like_dicom",
    "read_series",
    "slices",
    "source_of",
    "write_dicom_series",
]

# Odd values are judged here. pydicom's own warnings would quote them, and with them perhaps a patient, into logs.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
logging.getLogger("pydicom").setLevel(logging.CRITICAL)
