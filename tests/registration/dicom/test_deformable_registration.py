"""Reading Deformable Spatial Registrations: ours and others', with matrices, several items, holes and damage."""

import math
import struct

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    DeformableSpatialRegistrationStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from scipy.spatial.transform import Rotation

from registration.dicom.deformable_registration import read_deformable_registration
from registration.errors import ScanError
from registration.geometry import Grid
from tests.builders.fields import odd_grid, smooth_field
from tests.builders.grids import turned

GRID = turned(Grid((7, 6, 5), (4.0, 5.0, 6.0), (-20.0, 30.0, -400.0)), (20.0, -10.0, 40.0))


def matrix(degrees: float, shift: tuple[float, float, float]) -> np.ndarray:
    one = np.eye(4)
    one[:3, :3], one[:3, 3] = Rotation.from_euler("z", degrees, degrees=True).as_matrix(), shift
    return one


def item_of(vectors, grid=GRID, *, source="2.25.7", before=None, after=None, order="<") -> Dataset:
    item, lattice = Dataset(), Dataset()
    lattice.ImagePositionPatient = list(grid.origin_mm)
    lattice.ImageOrientationPatient = grid.axes[:, :2].T.ravel().tolist()
    lattice.GridDimensions, lattice.GridResolution = list(grid.size), list(grid.spacing_mm)
    lattice.VectorGridData = np.asarray(vectors, f"{order}f4").tobytes()
    item.SourceFrameOfReferenceUID, item.DeformableRegistrationGridSequence = source, Sequence([lattice])
    for keyword, values in (("Pre", before), ("Post", after)):
        if values is not None:
            one = Dataset()
            one.FrameOfReferenceTransformationMatrix = values.ravel().tolist()
            setattr(item, f"{keyword}DeformationMatrixRegistrationSequence", Sequence([one]))
    return item


def saved(path, *items, syntax=ExplicitVRLittleEndian, class_uid=DeformableSpatialRegistrationStorage):
    one = Dataset()
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = syntax
    one.SOPClassUID, one.SOPInstanceUID, one.FrameOfReferenceUID = class_uid, "2.25.1", "2.25.5"
    one.DeformableRegistrationSequence = Sequence(items)
    one.save_as(path, enforce_file_format=True)
    return path


def read(path, vectors, syntax=ExplicitVRLittleEndian, **given):
    return read_deformable_registration(saved(path / "one.dcm", item_of(vectors, **given), syntax=syntax))


def inside(grid: Grid, count: int = 200) -> np.ndarray:
    index = np.random.default_rng(1).uniform(0, np.asarray(grid.size) - 1, (count, 3))
    return grid.index_to_mm(index)


@pytest.mark.parametrize(
    ("syntax", "order"), [(ExplicitVRLittleEndian, "<"), (ImplicitVRLittleEndian, "<"), (ExplicitVRBigEndian, ">")]
)
def test_every_syntax_gives_the_same_map(tmp_path, syntax, order):
    field = smooth_field(1, GRID)
    found = read(tmp_path, field.vectors_mm, syntax, order=order)
    assert (found.fixed_frame_uid, found.moving_frame_uid) == ("2.25.5", "2.25.7")
    points = inside(GRID)
    assert np.abs(found.map_points(points) - field.map_points(points)).max() < 1e-3


def test_matrices_come_before_and_after_the_offset_of_the_registered_point(tmp_path):
    field, before, after = smooth_field(2, GRID), matrix(15, (3, -4, 60)), matrix(-30, (100, 2, -7))
    found = read(tmp_path, field.vectors_mm, before=before, after=after)
    for point in inside(GRID, 20):
        offset = field.at([point])[0]
        expected = after @ np.append((before @ np.append(point, 1))[:3] + offset, 1)
        assert np.abs(found.map_points([point])[0] - expected[:3]).max() < 1e-3


def test_the_whole_map_can_be_had_on_another_grid(tmp_path):
    field, before, after = smooth_field(2, GRID), matrix(15, (3, -4, 60)), matrix(-30, (100, 2, -7))
    found = read(tmp_path, field.vectors_mm, before=before, after=after)
    corner = GRID.index_to_mm((1, 1, 1))
    grid = turned(Grid((5, 4, 3), (1.0, 2.0, 3.0), tuple(corner)), (0, 0, 0), (1, 1, -1))
    sampled = found.field_on(grid)
    points = grid.voxel_points().reshape(-1, 3)
    assert np.abs(sampled.map_points(points) - found.map_points(points)).max() < 1e-3
    assert found.defined_on(grid).all()


def test_undefined_vectors_leave_the_map_undefined_and_the_field_goes_on(tmp_path):
    vectors = smooth_field(3, GRID).vectors_mm.copy()
    vectors[:, :, :2] = np.nan
    found = read_deformable_registration(saved(tmp_path / "one.dcm", item_of(vectors)))
    known, hole, outside = (GRID.index_to_mm(index) for index in ((3.5, 2, 2), (1.5, 2, 2), (6.8, 2, 2)))
    assert np.isfinite(found.map_points([GRID.index_to_mm((2, 2, 2))])).all()  # on a known point beside the hole
    assert np.isnan(found.map_points([hole, outside])).all()
    whole = found.field_on(GRID)
    assert not found.defined_on(GRID)[:, :, :2].any()
    assert found.defined_on(GRID)[:, :, 2:].all()
    assert np.array_equal(whole.vectors_mm[:, :, 2:], vectors[:, :, 2:])
    low, high = np.nanmin(vectors, (0, 1, 2)), np.nanmax(vectors, (0, 1, 2))
    assert ((whole.vectors_mm >= low) & (whole.vectors_mm <= high)).all()
    assert np.abs(found.map_points([known]) - whole.map_points([known])).max() < 1e-9


def test_of_several_items_the_frame_of_reference_chooses(tmp_path):
    first, second, plain = smooth_field(1, GRID), smooth_field(2, GRID), item_of(np.zeros((0, 3)), source="2.25.5")
    del plain.DeformableRegistrationGridSequence
    items = [plain, item_of(first.vectors_mm, source="2.25.7"), item_of(second.vectors_mm, source="2.25.8")]
    path = saved(tmp_path / "one.dcm", *items)
    found = read_deformable_registration(path, moving_frame_uid="2.25.8")
    assert np.array_equal(found.field.vectors_mm, second.vectors_mm)
    for uid in (None, "2.25.9"):
        with pytest.raises(ScanError, match=r"2\.25\.7, 2\.25\.8"):
            read_deformable_registration(path, moving_frame_uid=uid)
    only = read_deformable_registration(saved(tmp_path / "two.dcm", plain, items[1]))
    assert only.moving_frame_uid == "2.25.7"


def broken(change):
    item = item_of(np.zeros((*GRID.shape, 3)))
    change(item.DeformableRegistrationGridSequence[0])
    return item


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (broken(lambda g: setattr(g, "GridDimensions", [7, 6, 6])), "takes 3024 bytes"),
        (broken(lambda g: setattr(g, "GridDimensions", [2**31, 2**31, 1])), "sizes of 1 to"),
        (broken(lambda g: setattr(g, "GridResolution", [1.0, 0.0, 1.0])), "positive resolutions"),
        (broken(lambda g: setattr(g, "GridResolution", [1.0, math.nan, 1.0])), "3 finite numbers"),
        (broken(lambda g: setattr(g, "ImageOrientationPatient", [1, 0, 0, 1, 0, 0])), "not orthonormal"),
        (broken(lambda g: g.__delattr__("ImagePositionPatient")), "3 finite numbers"),
        (broken(lambda g: g.__delattr__("VectorGridData")), "got 0"),
        (Dataset(), "no item"),
        (item_of(np.full((*GRID.shape, 3), np.nan)), "undefined everywhere"),
        (item_of(np.full((*GRID.shape, 3), 1e9)), "no displacements"),
        (item_of(np.zeros((*GRID.shape, 3)), before=np.zeros((4, 4))), "no invertible"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, item, said):
    with pytest.raises(ScanError, match=said) as caught:
        read_deformable_registration(saved(tmp_path / "one.dcm", item)).field_on(GRID)
    assert caught.value.code == "field-unreadable"


def test_more_points_than_accepted_and_other_objects_are_refused(tmp_path):
    path = saved(tmp_path / "one.dcm", item_of(np.zeros((*GRID.shape, 3))))
    with pytest.raises(ScanError, match="210 points, accepted are 100"):
        read_deformable_registration(path, largest_points=100)
    with pytest.raises(ScanError, match="another DICOM object"):
        read_deformable_registration(saved(path, class_uid=CTImageStorage))
    with pytest.raises(ScanError, match="deflated"):
        read_deformable_registration(saved(path, syntax=DeflatedExplicitVRLittleEndian))


def test_damaged_bytes_are_an_objection_and_nothing_else(tmp_path):
    whole = saved(tmp_path / "one.dcm", item_of(smooth_field(1, GRID).vectors_mm)).read_bytes()
    rng = np.random.default_rng(0)
    refused = []
    for round in range(150):
        damaged = bytearray(whole)
        for at in rng.integers(132, len(whole), 6):
            damaged[at] ^= int(rng.integers(1, 256))
        if round % 3 == 0:
            del damaged[int(rng.integers(140, len(whole))) :]
        path = tmp_path / "damaged.dcm"
        path.write_bytes(damaged)
        try:
            read_deformable_registration(path)
        except ScanError as error:
            refused.append((error.code, error.message[:13]))
    assert len(refused) > 50
    assert set(refused) == {("field-unreadable", "damaged.dcm: ")}


def test_floats_written_as_another_kind_of_value_are_read_from_their_bytes(tmp_path):
    field = smooth_field(1, GRID)
    path = saved(tmp_path / "one.dcm", item_of(field.vectors_mm))
    one = pydicom.dcmread(path)
    one.DeformableRegistrationSequence[0].DeformableRegistrationGridSequence[0]["VectorGridData"].VR = "OB"
    one.save_as(path)
    assert struct.pack("<HH", 0x64, 0x9) + b"OB" in path.read_bytes()
    assert np.array_equal(read_deformable_registration(path).field.vectors_mm, field.vectors_mm)


def test_a_grid_far_finer_than_its_own_is_followed_at_its_own_points(tmp_path):
    grid = odd_grid(4, (9, 8, 7))
    right = grid if np.linalg.det(grid.axes) > 0 else turned(grid, (0, 0, 0), (1, 1, -1))
    field = smooth_field(4, right)
    found = read_deformable_registration(saved(tmp_path / "one.dcm", item_of(field.vectors_mm, right)))
    assert np.abs(found.field_on(grid).at(inside(grid)) - field.at(inside(grid))).max() < 1e-3
