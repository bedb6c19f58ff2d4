"""Files that are no fields, too large, cut short or mutated: one refusal with a code, and nothing else."""

import io
import random
import zipfile
from contextlib import suppress
from dataclasses import replace

import h5py
import numpy as np
import pytest
import SimpleITK as sitk

from registration.errors import FieldError
from registration.geometry import Grid
from registration.products.displacement_field import SUFFIXES, write_field
from registration.reading.fields import holds_field, open_field, read_field
from registration.reading.fields.read import FIELD_LIMITS
from tests.builders.fields import smooth_field

GRID = Grid((14, 12, 10), (2.0, 2.5, 3.0), (-10.0, 5.0, 100.0))


@pytest.fixture(params=SUFFIXES)
def path(request, tmp_path):
    path = tmp_path / f"field{SUFFIXES[request.param]}"
    write_field(smooth_field(0, GRID), path, format=request.param, moving_grid=GRID)
    return path


def code_of(path, **more):
    with pytest.raises(FieldError) as raised:
        open_field(path, **more)
    return raised.value.code


def test_a_field_is_told_by_its_content(path):
    nameless = path.with_name("upload-0001")
    path.rename(nameless)
    assert holds_field(nameless)
    assert open_field(nameless).size == GRID.size


@pytest.mark.parametrize("share", [0.5, 0.98])
def test_a_file_cut_short_is_damaged(path, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    assert code_of(path) in ("field-damaged", "field-unreadable")


def test_more_voxels_than_accepted_are_refused_before_they_are_read(path):
    assert code_of(path, limits=replace(FIELD_LIMITS, voxels=1000)) == "field-unreadable"


def test_mutations_never_raise_anything_else(path):
    whole, chance = path.read_bytes(), random.Random(5)
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            broken[chance.randrange(min(len(broken), chance.choice((400, len(broken)))))] = chance.randrange(256)
        path.write_bytes(broken)
        holds_field(path)
        with suppress(FieldError):
            read_field(path, GRID, GRID, limits=replace(FIELD_LIMITS, voxels=10**6))


@pytest.mark.parametrize(
    ("name", "content"),
    [("nothing", b""), ("text", b"no field at all"), ("hdf5", b"\x89HDF\r\n\x1a\n" + bytes(200))],
)
def test_what_is_no_field_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert code_of(tmp_path / name) in ("field-unreadable", "field-damaged")
    assert code_of(tmp_path / "absent") == "field-unreadable"


def test_a_scan_is_no_field(tmp_path):
    for suffix in (".mha", ".nrrd", ".nii.gz"):
        path = tmp_path / f"scan{suffix}"
        sitk.WriteImage(sitk.GetImageFromArray(np.zeros((9, 9, 9), np.int16)), str(path))
        assert not holds_field(path)
        assert code_of(path) == "field-unreadable"


def test_hdf5_that_holds_no_transform_or_another_kind(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["weights"] = np.zeros(3)
    assert code_of(tmp_path / "other.h5") == "field-unreadable"
    sitk.WriteTransform(sitk.BSplineTransform(3, 3), str(tmp_path / "spline.h5"))
    assert code_of(tmp_path / "spline.h5") == "field-unreadable"


def test_a_small_hdf5_that_inflates_is_refused_before_it_does(tmp_path):
    with h5py.File(tmp_path / "bomb.h5", "w") as file:
        group = file.create_group("TransformGroup/0")
        group.create_dataset("TransformParameters", shape=(10**10,), dtype="f8", chunks=(10**6,), compression="gzip")
    assert (tmp_path / "bomb.h5").stat().st_size < 10**5
    assert code_of(tmp_path / "bomb.h5") == "field-unreadable"


@pytest.mark.parametrize(
    "arrays",
    [
        {"a": np.zeros((4, 4, 4, 3), np.float32), "b": np.zeros(3)},
        {"a": np.zeros((3, 4, 4, 4), np.float32)},
        {"a": np.zeros((4, 4, 4, 3), np.int16)},
    ],
    ids=["two arrays", "channels first", "whole numbers"],
)
def test_an_npz_that_is_not_learn2regs(tmp_path, arrays):
    np.savez(tmp_path / "disp.npz", **arrays)
    assert code_of(tmp_path / "disp.npz") == "field-unreadable"


def test_an_npz_that_promises_too_much_or_pickles(tmp_path):
    for name, header in (("large", "'<f4', 'fortran_order': False, 'shape': (9000, 9000, 9000, 3)"), ("odd", "'|O'")):
        out = io.BytesIO()
        text = f"{{'descr': {header}, }}".ljust(117) + "\n"
        out.write(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode())
        with zipfile.ZipFile(tmp_path / f"{name}.npz", "w") as archive:
            archive.writestr("arr_0.npy", out.getvalue())
    assert code_of(tmp_path / "large.npz") == "field-unreadable"
    assert code_of(tmp_path / "odd.npz") in ("field-damaged", "field-unreadable")
