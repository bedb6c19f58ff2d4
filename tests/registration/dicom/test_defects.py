"""The named defects of a series: each is handled, voxel for voxel, or refused with a code that names the slices."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import (
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from registration.errors import ScanError
from registration.reading import read_scan
from tests.builders import defects as d
from tests.builders.dicom import GRID, ct_series, intensities, save
from tests.builders.jpeg_lossless import compress as compress_jpeg_lossless


@dataclass(frozen=True)
class Handled:
    """The volume is that of the good series. `note` and `dropped` are words of the report."""

    note: str = ""
    dropped: str = ""


@dataclass(frozen=True)
class Refused:
    """The code; numbers of slices of the good series whose instances the details name; words of the message."""

    code: str
    names: tuple[int, ...] = ()
    says: str = ""


def jpeg_lossless(slices):
    for one in slices:
        compress_jpeg_lossless(one)
    return slices


SERIES = {
    "one slice missing": (d.without(4), Refused("series-missing-slices", (3, 5), "1 between [-393.5, -388.5] mm")),
    "two slices missing": (d.without(3, 4), Refused("series-missing-slices", (2, 5), "2 between")),
    "slices missing in two places": (d.without(2, 6), Refused("series-missing-slices", (1, 3, 5, 7))),
    "unequal spacing": (d.unequal_spacing, Refused("series-unequal-spacing", (4, 5), "3.4 mm between")),
    "gantry tilt": (d.tilted, Refused("series-tilted", (0, 8), "12.00 degrees")),
    "gantry tilt in the tag alone": (d.each(GantryDetectorTilt=12), Handled("12 degrees of gantry tilt")),
    "one slice shifted sideways": (d.one_shifted_sideways, Refused("series-tilted", (0, 4), "3.00 mm")),
    "duplicate, identical": (d.duplicate, Handled(dropped="identical to instance")),
    "duplicate, different": (d.other_in_the_same_place, Refused("series-duplicate-slices", (4,))),
    "another slice beside one": (d.another_beside, Refused("series-tilted", (0,), "3.00 mm")),
    "another slice less than a pixel aside": (d.another_almost_there, Refused("series-duplicate-slices", (4,))),
    "every slice of another pixel spacing": (d.every_slice_of_another_size, Refused("series-mixed", (0, 8))),
    "two acquisitions": (
        d.second_volume("AcquisitionNumber"),
        Refused("series-duplicate-slices", (), "AcquisitionNumber: 1, 2"),
    ),
    "two time points (4D)": (
        d.second_volume("TemporalPositionIdentifier"),
        Refused("series-duplicate-slices", (), "TemporalPositionIdentifier: 1, 2"),
    ),
    "mixed orientations": (d.half_of_another_orientation, Refused("series-mixed", (0, 8), "do not form one stack")),
    "mixed sizes": (d.half_of_another_size, Refused("series-mixed", (0, 5), "40 x 18 pixels")),
    "mixed pixel spacings": (d.half_of_another_pixel_spacing, Refused("series-mixed", (0, 5), "0.9 x 0.9 mm")),
    "localiser": (d.localiser, Handled(dropped="localiser")),
    "localiser that does not say so": (d.odd_slice, Handled(dropped="facing (0.00, -1.00, 0.00)")),
    "structured report": (d.object_of(d.SR), Handled(dropped="no CT or MR image")),
    "presentation state": (d.object_of(d.PRESENTATION), Handled(dropped="no CT or MR image")),
    "segmentation": (d.object_of(d.SEGMENTATION), Handled(dropped="Segmentation Storage")),
    "structure set": (d.object_of(d.STRUCTURES), Handled(dropped="RT Structure Set")),
    "secondary capture": (d.secondary_capture, Handled(dropped="Secondary Capture")),
    "two series": (d.two_series, Refused("series-mixed", (), "Expected one series, got 2")),
    "two frames of reference": (d.fourth(FrameOfReferenceUID="1.2.3"), Refused("series-mixed", (), "1.2.3")),
    "rescale per slice": (d.rescale_per_slice, Handled()),
    "no rescale": (d.each(RescaleSlope=None, RescaleIntercept=None), Handled("no rescale slope")),
    "no rescale in one slice": (
        d.fourth(RescaleSlope=None, RescaleIntercept=None),
        Refused("series-rescale-invalid", (4,)),
    ),
    "slope of zero": (d.fourth(RescaleSlope=0), Refused("series-rescale-invalid", (4,), "slope 0.0")),
    "slope that is no number": (d.fourth(RescaleSlope="nan"), Refused("series-rescale-invalid", (4,))),
    "intercept beyond all numbers": (d.fourth(RescaleIntercept="1e300"), Refused("series-rescale-invalid", (4,))),
    "unsigned numbers": (d.unsigned, Handled()),
    "12 of 16 bits, sign not extended": (d.twelve_bits, Handled()),
    "overlay in unused bits": (d.overlay_in_unused_bits, Handled()),
    "inverted display": (d.each(PhotometricInterpretation="MONOCHROME1"), Handled("MONOCHROME1")),
    "JPEG lossless": (jpeg_lossless, Handled()),
    "JPEG-LS": (d.compressed(JPEGLSLossless), Handled()),
    "JPEG 2000": (d.compressed(JPEG2000Lossless), Handled()),
    "RLE": (d.compressed(RLELossless), Handled()),
    "big endian": (d.uncompressed(ExplicitVRBigEndian), Handled()),
    "implicit VR": (d.uncompressed(ImplicitVRLittleEndian), Handled()),
    "deflated": (d.deflated, Refused("scan-unreadable", (), "deflated")),
    "lossy compression": (d.each(LossyImageCompression="01"), Handled("compressed with loss")),
    "no frame of reference": (d.each(FrameOfReferenceUID=None), Handled("no frame of reference")),
    "no study": (d.each(StudyInstanceUID=None), Handled()),
    "optional tags missing": (
        d.each(SliceThickness=None, InstanceNumber=None, ImageType=None, Modality=None),
        Handled(),
    ),
    "slice thickness is not the distance": (d.each(SliceThickness=5, SpacingBetweenSlices=7), Handled()),
    "no instance UID": (d.fourth(SOPInstanceUID="not a uid ^"), Refused("scan-unreadable", (), "SOPInstanceUID")),
    "no position": (d.fourth(ImagePositionPatient=None), Refused("series-geometry-missing", (4,), "ImagePosition")),
    "no orientation": (
        d.fourth(ImageOrientationPatient=None),
        Refused("series-geometry-missing", (4,), "ImageOrientation"),
    ),
    "no pixel spacing": (d.fourth(PixelSpacing=None), Refused("series-geometry-missing", (4,), "PixelSpacing")),
    "pixel spacing of zero": (d.fourth(PixelSpacing=[0, 1]), Refused("series-geometry-missing", (4,), "positive")),
    "directions nearly orthonormal": (
        d.each(ImageOrientationPatient=[1.00001, 0, 0, 0, 0.99999, 0]),
        Handled("made orthonormal"),
    ),
    "directions sheared": (
        d.each(ImageOrientationPatient=[1, 0, 0, 0.1, 0.99, 0]),
        Refused("series-geometry-missing", (0,), "not orthonormal"),
    ),
    "directions that are no cosines": (
        d.each(ImageOrientationPatient=["1e200", 0, 0, 0, "1e200", 0]),
        Refused("series-geometry-missing", (0,), "cosines"),
    ),
    "multi-frame, frames shuffled": (d.shuffled_frames, Handled()),
    "multi-frame without positions": (d.frames_without_positions, Refused("series-geometry-missing", (), "9 frames")),
    "multi-frame MR of two time points": (
        d.enhanced_mr_of_two_times,
        Refused("series-duplicate-slices", (), "TemporalPositionIndex: 1, 2"),
    ),
    "one slice alone": (d.fine_slices, Refused("scan-not-a-volume", (0,), "single slice")),
    "one header with too few rows": (d.fourth(Rows=20), Refused("series-missing-slices", (3, 5))),
    "every header with too few rows": (d.each(Rows=20), Refused("scan-unreadable", (0,), "ask for 1600")),
    "no rows at all": (d.each(Rows=0), Refused("scan-unreadable", (), "Rows must be positive")),
    "every header with too many rows": (d.each(Rows=60), Refused("scan-truncated", (0,), "4800 bytes")),
    "header and code stream of two sizes": (d.wrong_columns, Refused("scan-unreadable", (0,), "the header says")),
    "MR without rescale": (d.magnetic_resonance, Handled()),
    "MR of two echoes": (d.several_echoes, Refused("series-duplicate-slices", (), "EchoNumbers: 1, 2")),
}
"""Defect -> what makes it out of nine good slices, and what becomes of it."""

FILES = {
    "no preamble": (d.without_preamble, Handled()),
    "preamble of a TIFF": (d.preamble(b"II*\0\x08\0\0\0"), Handled()),
    "preamble of an executable": (d.preamble(b"MZ\x90\0"), Refused("preamble-unsafe", (), "an executable")),
    "preamble of a script": (d.preamble(b"#!/bin/sh\n"), Refused("preamble-unsafe", (), "a script")),
    "pixels cut short": (d.cut_pixels, Refused("scan-truncated", (4,), "-391.0] mm")),
    "header cut short": (d.cut_header, Refused("scan-truncated", (), "0004.dcm")),
}
"""The same for what is wrong with a file as such."""


@pytest.mark.parametrize("defect", SERIES)
def test_defects_of_a_series(tmp_path, defect):
    build, outcome = SERIES[defect]
    save(build(ct_series()), tmp_path)
    expect(outcome, tmp_path)


@pytest.mark.parametrize("defect", FILES)
def test_defects_of_a_file(tmp_path, defect):
    damage, outcome = FILES[defect]
    save(ct_series(), tmp_path)
    damage(tmp_path)
    expect(outcome, tmp_path)


def expect(outcome, folder):
    if isinstance(outcome, Handled):
        handled(outcome, read_scan(folder))
        return
    with pytest.raises(ScanError) as caught:
        read_scan(folder)
    refused(outcome, caught.value)


def handled(outcome, scan):
    assert scan.volume.grid.same_place(GRID)
    assert np.abs(scan.volume.values - intensities()).max() < 1e-3
    assert outcome.note in "; ".join(scan.report.notes)
    assert bool(outcome.note) == bool(scan.report.notes)
    reasons = [one.reason for one in scan.report.dropped]
    assert len(reasons) == bool(outcome.dropped)
    assert all(outcome.dropped in reason for reason in reasons)


def refused(outcome, error):
    assert error.code == outcome.code
    assert outcome.says in error.message
    told = str(error.details)
    for number in outcome.names:
        assert ct_series()[number].SOPInstanceUID in told
    assert "SECRET" not in error.message + told


def test_there_are_more_than_thirty():
    assert len(SERIES) + len(FILES) >= 60


def test_padding_outside_the_circle_becomes_air(tmp_path):
    scan = read_scan(save(d.padded(ct_series()), tmp_path))
    values = scan.volume.values.reshape(9, -1)
    assert set(np.unique(values[:, d.outside()])) == {-1024.0}
    assert np.array_equal(values[:, ~d.outside()], intensities().reshape(9, -1)[:, ~d.outside()])
    assert "padding" in scan.report.notes[0]


def test_a_few_bytes_that_ask_for_gigabytes(tmp_path):
    slices = d.compressed(RLELossless)(ct_series())
    for one in slices:
        one.Rows = one.Columns = 7000
    with pytest.raises(ScanError) as caught:
        read_scan(save(slices, tmp_path))
    assert "would inflate to 98000000" in caught.value.message


def test_the_page_lists_the_same_defects():
    page = (Path(__file__).parents[3] / "docs/architecture/01-bytes-to-volume.md").read_text()
    listed = dict(re.findall(r"^\| (.+?) \| (handled|refused: `[a-z-]+`)", page, re.MULTILINE))
    tables = SERIES | FILES
    assert listed == {
        name: "handled" if isinstance(outcome, Handled) else f"refused: `{outcome.code}`"
        for name, (_, outcome) in tables.items()
    } | {"padding outside the circle": "handled", "a few bytes that ask for gigabytes": "refused: `scan-unreadable`"}
