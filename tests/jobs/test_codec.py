"""Arrays come back bit for bit; anything else is refused."""

import numpy as np
import pytest

from jobs.codec import CodecError, packed, unpacked


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("shape", [(1, 1, 1, 3), (32, 32, 32, 3), (5, 32, 7, 3), (4,)])
def test_every_bit_comes_back(dtype, shape):
    array = np.random.default_rng(0).normal(size=shape).astype(dtype)
    array.flat[0] = np.nan
    found = unpacked(packed(array))
    assert (found.dtype, found.shape) == (dtype, shape)
    assert found.tobytes() == array.tobytes()


def test_smooth_fields_get_smaller():
    z, y, x = np.mgrid[:32, :32, :32].astype(np.float32)
    field = np.stack([np.sin(x / 9), np.cos(y / 7), z / 50], axis=-1)
    assert len(packed(field)) < 0.6 * field.nbytes


def test_what_is_no_packed_array_is_refused():
    good = packed(np.ones((2, 3), np.float32))
    for bad in (b"", b"KRA", good[:-5], good[:3] + b"\x09" + good[4:], b"XXX" + good[3:], good[:4] + b"q" + good[5:]):
        with pytest.raises(CodecError):
            unpacked(bad)
    with pytest.raises(CodecError):
        packed(np.ones(3))
