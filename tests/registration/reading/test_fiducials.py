"""Spatial Fiducials of any maker become correspondences, or an objection that names what is wrong."""

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SpatialFiducialsStorage, SpatialRegistrationStorage

from registration.errors import PointError
from registration.reading import read_correspondences


def fiducials(*sets, sop_class=SpatialFiducialsStorage) -> Dataset:
    """An object with a set of (identifier, description, coordinates) for each scan."""
    one = Dataset()
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.SOPClassUID, one.SOPInstanceUID = sop_class, "2.25.1"
    one.FiducialSetSequence = [fiducial_set(points) for points in sets]
    return one


def fiducial_set(points) -> Dataset:
    one = Dataset()
    one.FrameOfReferenceUID = "2.25.2"
    one.FiducialSequence = [fiducial(*point) for point in points]
    return one


def fiducial(identifier, description, coordinates, shape="POINT") -> Dataset:
    one = Dataset()
    one.ShapeType, one.FiducialIdentifier, one.ContourData = shape, identifier, coordinates
    if description:
        one.FiducialDescription = description
    return one


def read(one: Dataset, folder):
    one.save_as(folder / "fiducials.dcm", enforce_file_format=True)
    return read_correspondences(folder / "fiducials.dcm")


def test_points_are_paired_by_identifier_whatever_their_order(tmp_path):
    fixed = [("1", "", [1, 2, 3]), ("2", "", [4, 5, 6])]
    moving = [("2", "", [40, 50, 60]), ("1", "", [10, 20, 30])]
    ids, here, there = read(fiducials(fixed, moving), tmp_path)
    assert ids == ["1", "2"]
    assert here.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert there.tolist() == [[10, 20, 30], [40, 50, 60]]


def test_a_description_names_a_point_where_each_has_its_own(tmp_path):
    points = [("1", "Carina", [1, 2, 3]), ("2", "Liver dome", [4, 5, 6])]
    assert read(fiducials(points, points), tmp_path)[0] == ["Carina", "Liver dome"]
    points[1] = ("2", "Carina", [4, 5, 6])
    assert read(fiducials(points, points), tmp_path)[0] == ["1", "2"]


POINT = ("1", "", [1, 2, 3])


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (fiducials([POINT]), "sets of 1 points"),
        (fiducials([POINT], [POINT], [POINT]), "sets of 1 and 1 and 1 points"),
        (fiducials([POINT], [("2", "", [1, 2, 3])]), "the same identifiers"),
        (fiducials([POINT, POINT], [POINT, POINT]), "more than once"),
        (fiducials([("1", "", [1, 2])], [POINT]), "no point of three finite numbers"),
        (fiducials([("1", "", [1, 2, 3, 4, 5, 6], "RULER")], [POINT]), "no point of three finite numbers"),
        (fiducials([POINT], [POINT], sop_class=SpatialRegistrationStorage), "no Spatial Fiducials object"),
        (fiducials(), "sets of  points"),
    ],
)
def test_anything_else_is_refused(tmp_path, one, words):
    with pytest.raises(PointError) as refused:
        read(one, tmp_path)
    assert refused.value.code == "table-unreadable"
    assert refused.value.message.startswith("fiducials.dcm")
    assert words in refused.value.message


def test_a_file_cut_short_is_refused(tmp_path):
    fiducials([POINT], [POINT]).save_as(tmp_path / "whole.dcm", enforce_file_format=True)
    content = (tmp_path / "whole.dcm").read_bytes()
    for length in range(200, len(content) - 1, 7):
        (tmp_path / "cut.dcm").write_bytes(content[:length])
        with pytest.raises(PointError):
            read_correspondences(tmp_path / "cut.dcm")
