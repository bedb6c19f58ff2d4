"""A volume becomes a CT series: one CT Image Storage file per slice (PS3.3 A.3), marked as research use only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from registration.geometry import Grid
from registration.volume import Volume

INTERCEPT_HU = -1024
NOTICE = "Research use only, not for diagnosis"


@dataclass(frozen=True)
class SeriesIdentity:
    """Who and what a written series is. UIDs of its instances follow from `series_uid`."""

    study_uid: str
    series_uid: str
    frame_of_reference_uid: str
    patient_name: str
    patient_id: str
    description: str
    number: int = 1


def write_dicom_series(volume: Volume, folder: Path, identity: SeriesIdentity) -> list[Path]:
    """Writes one file per slice, `0001.dcm` onwards, HU rounded to whole numbers; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    stored = np.clip(np.rint(volume.values) - INTERCEPT_HU, 0, 2**16 - 1).astype("<u2")
    paths = [folder / f"{i + 1:04d}.dcm" for i in range(len(stored))]
    for index, path in enumerate(paths):
        instance = _slice(identity, volume.grid, index)
        instance.PixelData = stored[index].tobytes()
        instance.save_as(path, enforce_file_format=True)
    return paths


def _slice(identity: SeriesIdentity, grid: Grid, index: int) -> Dataset:
    """The header of one slice, everything but its pixels."""
    header = Dataset()
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for part in (_common(identity, index), _place(identity, grid, index), _pixels(grid)):
        header.update(part)
    header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    return header


def _common(identity: SeriesIdentity, index: int) -> Dataset:
    """Patient, study, series, equipment and SOP modules."""
    header = Dataset()
    header.SpecificCharacterSet = "ISO_IR 192"
    header.SOPClassUID = CTImageStorage
    header.SOPInstanceUID = generate_uid(entropy_srcs=[identity.series_uid, str(index)])
    header.PatientName, header.PatientID = identity.patient_name, identity.patient_id
    header.PatientBirthDate = header.PatientSex = ""
    header.PatientIdentityRemoved, header.DeidentificationMethod = "YES", "Synthetic data"
    header.StudyInstanceUID, header.SeriesInstanceUID = identity.study_uid, identity.series_uid
    header.StudyDate = header.StudyTime = header.StudyID = header.AccessionNumber = header.ReferringPhysicianName = ""
    header.Modality, header.SeriesNumber, header.InstanceNumber = "CT", identity.number, index + 1
    header.SeriesDescription, header.ImageComments = identity.description[:64], NOTICE
    header.Manufacturer, header.BurnedInAnnotation = "kernelreg", "NO"
    return header


def _place(identity: SeriesIdentity, grid: Grid, index: int) -> Dataset:
    """Frame of reference and image plane modules."""
    x, y, z = grid.spacing_mm
    header = Dataset()
    header.FrameOfReferenceUID, header.PositionReferenceIndicator = identity.frame_of_reference_uid, ""
    header.PatientPosition = "HFS"
    header.ImagePositionPatient = [decimal(v) for v in grid.index_to_mm((0, 0, index))]
    header.ImageOrientationPatient = [decimal(v) for v in grid.axes[:, :2].T.ravel()]
    header.PixelSpacing, header.SliceThickness = [decimal(y), decimal(x)], decimal(z)
    return header


def _pixels(grid: Grid) -> Dataset:
    """Image pixel and CT image modules: unsigned 16 bit, HU = stored + intercept."""
    header = Dataset()
    header.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    header.AcquisitionNumber = header.KVP = None
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.Columns, header.Rows = grid.size[0], grid.size[1]
    header.BitsAllocated = header.BitsStored = 16
    header.HighBit, header.PixelRepresentation = 15, 0
    header.RescaleIntercept, header.RescaleSlope, header.RescaleType = INTERCEPT_HU, 1, "HU"
    header.WindowCenter, header.WindowWidth = 40, 400
    return header


def decimal(value: float) -> str:
    """A number in at most 16 characters, as DICOM's decimal strings allow."""
    return next(text for digits in range(15, 0, -1) if len(text := f"{float(value):.{digits}g}") <= 16)
