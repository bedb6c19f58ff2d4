"""What goes wrong with DICOM series, one small function for each defect: nine good slices become bad ones."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    MRImageStorage,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from registration.geometry import Grid
from tests.builders.dicom import GRID, ct_series, enhanced_ct, intensities, shift, write_dataset
from tests.builders.grids import odd_grids

Slices = list[Dataset]
STEP = GRID.spacing_mm[2]
SR, PRESENTATION, SEGMENTATION, STRUCTURES = (
    UID(f"1.2.840.10008.5.1.4.1.1.{end}") for end in ("88.33", "11.1", "66.4", "481.3")
)


def new_uid(*words: object) -> str:
    return generate_uid(entropy_srcs=[str(word) for word in words])


def without(*numbers: int):
    """The series lacks these slices."""
    return lambda slices: [one for number, one in enumerate(slices) if number not in numbers]


def each(**attributes: object):
    """Every slice has these attributes; None removes one."""

    def build(slices: Slices) -> Slices:
        for one in slices:
            for name, value in attributes.items():
                if value is None:
                    one.pop(name, None)
                else:
                    setattr(one, name, value)
        return slices

    return build


def fourth(**attributes: object):
    """The slice in the middle has these attributes; None removes one."""

    def build(slices: Slices) -> Slices:
        each(**attributes)(slices[4:5])
        return slices

    return build


def unequal_spacing(slices: Slices) -> Slices:
    for one in slices[5:]:
        shift(one, (0, 0, 0.9))
    return slices


def tilted(slices: Slices) -> Slices:
    for k, one in enumerate(slices):
        shift(one, (0, STEP * k * np.tan(np.radians(12)), 0))
    return slices


def one_shifted_sideways(slices: Slices) -> Slices:
    shift(slices[4], (3.0, 0, 0))
    return slices


def duplicate(slices: Slices) -> Slices:
    copy = ct_series()[4]
    copy.SOPInstanceUID = new_uid("copy")
    return [*slices, copy]


def other_in_the_same_place(slices: Slices) -> Slices:
    other = ct_series(seed=7)[4]
    other.SOPInstanceUID = new_uid("other")
    return [*slices, other]


def another_beside(slices: Slices) -> Slices:
    """A second slice at one depth, a few pixels aside."""
    other = ct_series(seed=7)[4]
    other.SOPInstanceUID = new_uid("beside")
    shift(other, (3.0, 0, 0))
    return [*slices, other]


def another_almost_there(slices: Slices) -> Slices:
    """A second slice at one depth, aside by less than a pixel."""
    other = ct_series(seed=7)[4]
    other.SOPInstanceUID = new_uid("almost")
    shift(other, (0.1, 0, 0))
    return [*slices, other]


def every_slice_of_another_size(slices: Slices) -> Slices:
    for k, one in enumerate(slices):
        one.PixelSpacing = [0.7 + 0.1 * k, 0.8]
    return slices


def second_volume(keyword: str):
    """Another nine slices at the same positions, told apart by one attribute."""

    def build(slices: Slices) -> Slices:
        more = ct_series(seed=5)
        for number, volume in enumerate((slices, more)):
            for k, one in enumerate(volume):
                setattr(one, keyword, number + 1)
                one.SOPInstanceUID = new_uid("volume", number, k)
        return slices + more

    return build


def half_of_another_orientation(slices: Slices) -> Slices:
    others = ct_series(odd_grids(GRID)["coronal"])
    for k, one in enumerate(others):
        one.SOPInstanceUID = new_uid("coronal", k)
    return slices + others


def half_of_another_size(slices: Slices) -> Slices:
    for one in slices[5:]:
        one.Rows, one.PixelData = 18, one.PixelData[: 18 * 40 * 2]
    return slices


def half_of_another_pixel_spacing(slices: Slices) -> Slices:
    for one in slices[5:]:
        one.PixelSpacing = [0.9, 0.9]
    return slices


def localiser(slices: Slices) -> Slices:
    scout = ct_series(odd_grids(GRID)["coronal"])[0]
    scout.ImageType, scout.SOPInstanceUID = ["ORIGINAL", "PRIMARY", "LOCALIZER"], new_uid("scout")
    return [scout, *slices]


def odd_slice(slices: Slices) -> Slices:
    """A scout that does not say that it is one."""
    scout = ct_series(odd_grids(GRID)["coronal"])[0]
    scout.SOPInstanceUID = new_uid("scout")
    return [scout, *slices]


def object_of(sop_class: UID):
    """An object of another class in the series."""

    def build(slices: Slices) -> Slices:
        other = ct_series()[0]
        other.SOPClassUID, other.SOPInstanceUID = sop_class, new_uid(sop_class)
        for name in ("PixelData", "Rows", "Columns", "ImagePositionPatient", "ImageOrientationPatient"):
            del other[name]
        return [*slices, other]

    return build


def secondary_capture(slices: Slices) -> Slices:
    capture = ct_series(seed=2)[0]
    capture.SOPClassUID, capture.SOPInstanceUID = SecondaryCaptureImageStorage, new_uid("capture")
    return [*slices, capture]


def two_series(slices: Slices) -> Slices:
    return slices + ct_series(series_uid=new_uid("other series"), seed=1)


def rescale_per_slice(slices: Slices) -> Slices:
    for k, one in enumerate(slices):
        stored = np.frombuffer(one.PixelData, "<i2") * 2 - k
        one.RescaleSlope, one.RescaleIntercept = 0.5, k / 2
        one.PixelData = stored.astype("<i2").tobytes()
    return slices


def twelve_bits(slices: Slices) -> Slices:
    """Signed numbers of twelve bits, the sign in bit 11 and nothing above it."""
    for one in slices:
        one.BitsStored, one.HighBit = 12, 11
        one.PixelData = (np.frombuffer(one.PixelData, "<i2") & 0x0FFF).astype("<u2").tobytes()
    return slices


def overlay_in_unused_bits(slices: Slices) -> Slices:
    """Twelve bits of image, and a drawing in bit 15."""
    for one in slices:
        one.BitsStored, one.HighBit, one.RescaleIntercept, one.PixelRepresentation = 12, 11, -1024, 0
        stored = (np.frombuffer(one.PixelData, "<i2") + 1024).astype("<u2")
        one.PixelData = (stored | 0x8000).tobytes()
    return slices


def unsigned(_: Slices) -> Slices:
    return ct_series(signed=False)


def compressed(syntax: UID):
    """Every slice in a compressed transfer syntax."""

    def build(slices: Slices) -> Slices:
        for one in slices:
            one.compress(syntax, generate_instance_uid=False)
        return slices

    return build


def uncompressed(syntax: UID):
    """Every slice in another byte order or coding of its header."""

    def build(slices: Slices) -> Slices:
        for one in slices:
            one.file_meta.TransferSyntaxUID = syntax
        return slices

    return build


deflated = uncompressed(DeflatedExplicitVRLittleEndian)


def wrong_columns(slices: Slices) -> Slices:
    for one in compressed(JPEG2000Lossless)(slices):
        one.Columns = 41
    return slices


def padded(slices: Slices) -> Slices:
    """Outside a circle there is nothing, marked by a number far below air."""
    for one in slices:
        stored = np.frombuffer(one.PixelData, "<i2").copy()
        stored[outside()] = -3000
        one.PixelPaddingValue, one.PixelData = -3000, stored.tobytes()
        one["PixelPaddingValue"].VR = "SS"
    return slices


def outside() -> np.ndarray:
    """Pixels (rows * columns,) outside the circle."""
    y, x = np.mgrid[-1 : 1 : GRID.size[1] * 1j, -1 : 1 : GRID.size[0] * 1j]
    return (x**2 + y**2 > 1).ravel()


def shuffled_frames(_: Slices) -> Slices:
    return [enhanced_ct(order=[4, 0, 8, 1, 7, 2, 6, 3, 5])]


def frames_without_positions(_: Slices) -> Slices:
    one = enhanced_ct()
    del one.PerFrameFunctionalGroupsSequence
    return [one]


def enhanced_mr_of_two_times(_: Slices) -> Slices:
    one = enhanced_ct(order=[*range(9), *range(9)])
    one.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4.1"
    pixels = np.concatenate([intensities(), intensities(seed=3)]).astype("<i2")
    one.PixelData = pixels.tobytes()
    for k, group in enumerate(one.PerFrameFunctionalGroupsSequence):
        content = Dataset()
        content.TemporalPositionIndex = 1 + k // 9
        group.FrameContentSequence = Sequence([content])
    return [one]


def magnetic_resonance(slices: Slices) -> Slices:
    """MR has no Hounsfield units, and often no rescale."""
    return each(SOPClassUID=MRImageStorage, Modality="MR", RescaleSlope=None, RescaleIntercept=None)(slices)


def several_echoes(slices: Slices) -> Slices:
    return each(SOPClassUID=MRImageStorage)(second_volume("EchoNumbers")(slices))


def fine_slices(_: Slices) -> Slices:
    return ct_series(Grid(GRID.size, GRID.spacing_mm, GRID.origin_mm))[:1]


def without_preamble(folder: Path) -> None:
    for number, one in enumerate(ct_series()):
        with (folder / f"{number:04d}.dcm").open("wb") as file:
            write_dataset(file, one, implicit=number % 2 == 0)


def preamble(start: bytes):
    """One file starts like something else."""

    def damage(folder: Path) -> None:
        file = folder / "0004.dcm"
        file.write_bytes(start.ljust(128, b"\0") + file.read_bytes()[128:])

    return damage


def cut_pixels(folder: Path) -> None:
    file = folder / "0004.dcm"
    file.write_bytes(file.read_bytes()[:-50])


def cut_header(folder: Path) -> None:
    file = folder / "0004.dcm"
    file.write_bytes(file.read_bytes()[:400])
