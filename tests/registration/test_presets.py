import numpy as np
import pytest

from registration.errors import MethodError
from registration.geometry import Grid
from registration.presets import is_ct, preset_named
from registration.volume import Volume

GRID = Grid((20, 20, 20), (2.0, 2.0, 2.0))


def volume(low: float, high: float) -> Volume:
    return Volume(np.linspace(low, high, 8000, dtype=np.float32).reshape(GRID.shape), GRID)


def test_ct_takes_the_window_and_mr_its_percentiles():
    assert preset_named("thorax").window(volume(-1000, 1200)) == (-1000, 400)
    assert preset_named("abdomen").window(volume(-1000, 1200)) == (-150, 250)
    assert preset_named("auto").window(volume(0, 1000)) == pytest.approx((5.0, 995.0), abs=3)


def test_what_is_ct_shows_air():
    assert is_ct(volume(-1000, 1000))
    assert not is_ct(volume(0, 255))


def test_a_constant_volume_has_a_window():
    low, high = preset_named("auto").window(volume(7, 7))
    assert high > low


def test_an_unknown_preset_is_named_with_the_known_ones():
    with pytest.raises(MethodError, match="abdomen, auto, thorax") as refused:
        preset_named("brain")
    assert refused.value.code == "preset-unknown"
