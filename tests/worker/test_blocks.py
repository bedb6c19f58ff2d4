"""An array of blocks reads like the array, and fetches no block that is not touched."""

import numpy as np
import pytest

from worker.blocks import EDGE, BlockArray, cut

SHAPE = (70, 33, 64, 3)


@pytest.fixture
def field():
    return np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)


@pytest.fixture
def blocks(field):
    kept, asked = {place: np.array(block) for place, block in cut(field)}, []

    def fetch(places):
        asked.extend(places)
        return [kept[place] for place in places]

    array = BlockArray(SHAPE, fetch)
    array.asked = asked
    return array


def test_the_blocks_hold_every_voxel_once(field):
    assert sum(block.size for _, block in cut(field)) == field.size


def test_any_box_reads_as_from_the_array(field, blocks):
    random = np.random.default_rng(1)
    for _ in range(60):
        ends = [sorted(random.integers(0, n + 1, 2)) for n in SHAPE[:3]]
        box = tuple(slice(int(a), int(b)) for a, b in ends)
        assert np.array_equal(blocks[box], field[box])


def test_any_voxels_read_as_from_the_array(field, blocks):
    random = np.random.default_rng(2)
    for shape in ((8,), (5, 8), (1,)):
        z, y, x = (random.integers(0, n, shape) for n in SHAPE[:3])
        assert np.array_equal(blocks[z, y, x], field[z, y, x])


def test_only_touched_blocks_are_fetched_and_each_once(blocks):
    inside = (slice(EDGE, EDGE + 3), slice(0, 5), slice(1, 9))
    for _ in range(2):
        _ = blocks[inside]
    assert blocks.asked == [(1, 0, 0)]
    assert blocks.nbytes == EDGE * EDGE * EDGE * 3 * 4
    _ = blocks[np.array([0]), np.array([0]), np.array([63])]
    assert blocks.asked == [(1, 0, 0), (0, 0, 1)]
