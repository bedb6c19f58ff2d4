"""CT series made in memory, correct by default and odd on purpose: change the datasets before `save`."""

from pathlib import Path
from typing import IO

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    generate_uid,
)

from registration.geometry import Grid

GRID = Grid((40, 36, 9), (0.8, 0.7, 2.5), (-31.5, 12.25, -401.0))
SERIES, STUDY, FRAME = (generate_uid(entropy_srcs=[name]) for name in ("series", "study", "frame"))


def intensities(grid: Grid = GRID, seed: int = 0) -> np.ndarray:
    """Whole HU numbers (z, y, x) between -1000 and 1500."""
    return np.random.default_rng(seed).integers(-1000, 1500, grid.shape).astype(np.float32)


def ct_series(grid: Grid = GRID, *, signed: bool = True, series_uid: str = SERIES, seed: int = 0) -> list[Dataset]:
    """One CT Image dataset per slice of `intensities`, in order."""
    values = intensities(grid, seed)
    return [_slice(grid, k, values[k], signed, series_uid) for k in range(grid.size[2])]


def _slice(grid: Grid, index: int, values: np.ndarray, signed: bool, series_uid: str) -> Dataset:
    one = _header(CTImageStorage, grid, generate_uid(entropy_srcs=[series_uid, str(index)]), series_uid)
    one.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    one.InstanceNumber = index + 1
    one.ImagePositionPatient = grid.index_to_mm((0, 0, index)).tolist()
    one.ImageOrientationPatient = grid.axes[:, :2].T.ravel().tolist()
    one.PixelSpacing = [grid.spacing_mm[1], grid.spacing_mm[0]]
    one.RescaleSlope, one.RescaleIntercept = (1, 0) if signed else (1, -1024)
    one.PixelRepresentation = int(signed)
    one.PixelData = (values - float(one.RescaleIntercept)).astype("<i2" if signed else "<u2").tobytes()
    return one


def _header(sop_class: str, grid: Grid, instance_uid: str, series_uid: str) -> Dataset:
    one = Dataset()
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.SOPClassUID, one.SOPInstanceUID, one.SeriesInstanceUID = sop_class, instance_uid, series_uid
    one.StudyInstanceUID, one.FrameOfReferenceUID = STUDY, FRAME
    one.PatientName, one.PatientID, one.Modality = "SECRET^NAME", "SECRET-ID", "CT"
    one.Columns, one.Rows = grid.size[:2]
    one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
    one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 1
    return one


def enhanced_ct(grid: Grid = GRID, order: list[int] | None = None) -> Dataset:
    """One multi-frame CT with shared orientation and per-frame positions; frames stored in `order`."""
    order = order or list(range(grid.size[2]))
    one = _header(EnhancedCTImageStorage, grid, generate_uid(entropy_srcs=["enhanced"]), SERIES)
    one.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    one.NumberOfFrames = len(order)
    one.SharedFunctionalGroupsSequence = Sequence([_shared(grid)])
    one.PerFrameFunctionalGroupsSequence = Sequence([_position(grid, index) for index in order])
    one.PixelData = intensities(grid)[order].astype("<i2").tobytes()
    return one


def _shared(grid: Grid) -> Dataset:
    orientation, measures, rescale, shared = Dataset(), Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = grid.axes[:, :2].T.ravel().tolist()
    measures.PixelSpacing = [grid.spacing_mm[1], grid.spacing_mm[0]]
    rescale.RescaleSlope, rescale.RescaleIntercept, rescale.RescaleType = 1, 0, "HU"
    shared.PlaneOrientationSequence = Sequence([orientation])
    shared.PixelMeasuresSequence = Sequence([measures])
    shared.PixelValueTransformationSequence = Sequence([rescale])
    return shared


def _position(grid: Grid, index: int) -> Dataset:
    position, group = Dataset(), Dataset()
    position.ImagePositionPatient = grid.index_to_mm((0, 0, index)).tolist()
    group.PlanePositionSequence = Sequence([position])
    return group


def save(datasets: list[Dataset], folder: Path, *, suffix: str = ".dcm") -> Path:
    """Writes the datasets as `0000.dcm` onwards and returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(datasets):
        syntax = one.file_meta.TransferSyntaxUID
        if syntax == ExplicitVRBigEndian:
            one.PixelData = np.frombuffer(one.PixelData, "<u2").astype(">u2").tobytes()
        one.save_as(folder / f"{number:04d}{suffix}", enforce_file_format=True)
    return folder


def shift(one: Dataset, offset: tuple[float, float, float]) -> None:
    """Moves a slice by some millimetres."""
    one.ImagePositionPatient = [float(p) + o for p, o in zip(one.ImagePositionPatient, offset, strict=True)]


def write_dataset(file: IO[bytes], one: Dataset, *, implicit: bool) -> None:
    """Writes a dataset bare: no preamble, no mark, no group 0002, as scanners of the nineties did."""
    bare = Dataset(one)
    pydicom.dcmwrite(file, bare, implicit_vr=implicit, little_endian=True, enforce_file_format=False)
