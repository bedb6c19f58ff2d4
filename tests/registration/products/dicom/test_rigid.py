"""The pre-alignment as a Spatial Registration: its matrices take points of either scan into the fixed frame."""

import numpy as np
from pydicom import dcmread

from registration.products.dicom.identity import stamp_of
from registration.products.dicom.matrices import matrix_type
from registration.products.dicom.rigid import write_rigid


def items(outcome, folder):
    (path,) = write_rigid(outcome, stamp_of(outcome), folder)
    one = dcmread(path)
    return one, {item.FrameOfReferenceUID: item for item in one.RegistrationSequence}


def matrix(item) -> np.ndarray:
    ((one,),) = [registration.MatrixSequence for registration in item.MatrixRegistrationSequence]
    assert one.FrameOfReferenceTransformationMatrixType == "RIGID"
    return np.array(one.FrameOfReferenceTransformationMatrix, float).reshape(4, 4)


def test_moving_points_come_to_where_the_pre_alignment_found_them(outcome, tmp_path):
    one, found = items(outcome, tmp_path)
    fixed, moving = outcome.stored.fixed.source, outcome.stored.moving.source
    assert one.FrameOfReferenceUID == fixed.frame_of_reference_uid
    assert (matrix(found[fixed.frame_of_reference_uid]) == np.eye(4)).all()
    point = np.array([12.0, -34.0, 56.0, 1.0])
    there = np.asarray(outcome.stored.manifest["pre_alignment"]) @ point
    assert np.abs(there - point).max() > 1  # else the direction would not show
    assert np.abs(matrix(found[moving.frame_of_reference_uid]) @ there - point).max() < 1e-6


def test_each_item_names_the_images_that_it_moves(outcome, tmp_path):
    _, found = items(outcome, tmp_path)
    for source in (outcome.stored.fixed.source, outcome.stored.moving.source):
        named = [r.ReferencedSOPInstanceUID for r in found[source.frame_of_reference_uid].ReferencedImageSequence]
        assert named == [one.instance_uid for one in source.instances]


def test_only_what_keeps_distances_and_handedness_is_rigid():
    mirrored, stretched = np.diag([1.0, 1, -1, 1]), np.diag([1.0, 1.1, 1, 1])
    assert [matrix_type(m) for m in (np.eye(4), mirrored, stretched)] == ["RIGID", "AFFINE", "AFFINE"]
