"""Tables of points: the last columns count unless they are named; objections name file and line."""

import numpy as np
import pytest

from registration.errors import PointError
from registration.reading import read_correspondences, read_points


def table(tmp_path, text: str):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("x,y,z\n1,2,3\n4,5,6\n", None),
        ("1,2,3\n4,5,6\n", None),
        ("\ufeffx, y, z\r\n1, 2, 3\r\n\r\n4, 5, 6\r\n", None),
        ("id,x,y,z\na,1,2,3\nb,4,5,6\n", ["a", "b"]),
        ("label,weight,first,second,third\nq,0.5,1,2,3\nr,1,4,5,6\n", None),
        ("z,y,x,note\n3,2,1,here\n6,5,4,there\n", None),
    ],
)
def test_points(tmp_path, text, ids):
    found, points = read_points(table(tmp_path, text))
    assert found == ids
    assert np.array_equal(points, [[1, 2, 3], [4, 5, 6]])


def test_correspondences(tmp_path):
    text = "id,fixed_x,fixed_y,fixed_z,moving_x,moving_y,moving_z\nc1,1,2,3,4,5,6\nc2,-1,-2,-3,-4,-5,-6e0\n"
    ids, fixed, moving = read_correspondences(table(tmp_path, text))
    assert ids == ["c1", "c2"]
    assert np.array_equal(fixed, [[1, 2, 3], [-1, -2, -3]])
    assert np.array_equal(moving, [[4, 5, 6], [-4, -5, -6]])


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("", "table-unreadable", "empty"),
        ("x,y,z\n", "table-unreadable", "no rows"),
        ("x,y,z\n1,2,3\n1,2\n", "table-unreadable", "line 3"),
        ("x,y,z\n1,2,three\n", "table-unreadable", "line 2"),
        ("x,y,z\n1,nan,3\n", "point-not-finite", "line 2"),
        ("x,y,z\n1,2,3\n\n1,2,inf\n", "point-not-finite", "line 4"),
        ("id,x,y,z\na,1,2,3\na,4,5,6\n", "table-unreadable", "'a'"),
    ],
)
def test_objections_name_file_and_line(tmp_path, text, code, where):
    with pytest.raises(PointError) as caught:
        read_points(table(tmp_path, text))
    assert caught.value.code == code
    assert "table.csv" in caught.value.message
    assert where in caught.value.message


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(PointError, match=r"missing\.csv does not exist") as caught:
        read_points(tmp_path / "missing.csv")
    assert caught.value.code == "table-unreadable"


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "table.csv").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(PointError) as caught:
        read_correspondences(tmp_path / "table.csv")
    assert caught.value.code == "table-unreadable"
