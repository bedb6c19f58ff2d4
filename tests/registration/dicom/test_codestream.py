"""A compressed frame's size is read whatever stands before it, so that nothing is decoded that nobody looked at."""

import pytest

from registration.dicom.codestream import coded_size

FRAME = b"\xff\xf7\x00\x0b\x10\x02\x00\x03\x00\x01\x01\x11\x00"
APPLICATION = b"\xff\xe0\x00\x04AB"


@pytest.mark.parametrize(
    "before", [b"", APPLICATION, b"\xff", b"\xff\xff\xff", APPLICATION + b"\xff", b"\xff\x01", b"\xff\xd0"]
)
def test_fill_bytes_and_markers_without_a_segment_are_walked_over(before):
    assert coded_size(b"\xff\xd8" + before + FRAME) == (512, 768)


@pytest.mark.parametrize(
    "stream", [b"\xff\xd8", b"\xff\xd8" + APPLICATION, b"\xff\xd8AB" + FRAME, b"", b"\0\0\0\x0cjP  "]
)
def test_what_names_no_size_has_none(stream):
    assert coded_size(stream) is None
