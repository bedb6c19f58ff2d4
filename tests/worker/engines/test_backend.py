"""The stand-in for libtorch's backend: every voxel of every type, batches, and errors that do not end the server."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tritonclient.grpc import InferenceServerClient, InferInput
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from worker.engines.server import CHANNEL

SHAPE = (113, 127, 131)
"""Two million voxels, no axis a power of two."""


@pytest.fixture(scope="module")
def client(triton):
    return InferenceServerClient(triton.url, channel_args=CHANNEL)


def asked(client, model, *arrays):
    inputs = [InferInput(f"INPUT__{i}", a.shape, np_to_triton_dtype(a.dtype)) for i, a in enumerate(arrays)]
    for tensor, array in zip(inputs, arrays, strict=True):
        tensor.set_data_from_numpy(array)
    result = client.infer(model, inputs, client_timeout=60)
    return [result.as_numpy(f"OUTPUT__{i}") for i in range(len(arrays))]


def test_every_voxel_of_every_type_comes_back(client):
    random = np.random.default_rng(1)
    values = random.normal(size=SHAPE)
    sent = [values.astype(np.float32), values, random.integers(-(2**31), 2**31, SHAPE, np.int32), values > 0]
    for before, after in zip(sent, asked(client, "echo", *sent), strict=True):
        assert after.dtype == before.dtype
        assert np.array_equal(before, after)


def test_what_is_computed_together_is_not_mixed_up(client):
    arrays = [np.full((1 + i % 2, 5, 7), i, np.float32) for i in range(12)]
    with ThreadPoolExecutor(len(arrays)) as pool:
        found = list(pool.map(lambda array: asked(client, "doubled", array)[0], arrays))
    assert all(np.array_equal(2 * before, after) for before, after in zip(arrays, found, strict=True))
    (figures,) = client.get_inference_statistics("doubled").model_stats
    assert figures.execution_count < figures.inference_count


def test_a_request_that_does_not_fit_is_refused_and_the_next_one_answered(client):
    with pytest.raises(InferenceServerException, match="shape"):
        asked(client, "doubled", np.zeros((1, 2, 3, 4), np.float32))
    assert asked(client, "doubled", np.ones((1, 2, 3), np.float32))[0].sum() == 12
