"""Exported models: the numbers of the Python modules at any size, and configurations that say the same as the code."""

from pathlib import Path

import pytest
import torch

from registration.export import MODELS, REPOSITORY, configuration, export, table

PROJECT = Path(__file__).parents[2]
SIZES = (5, 16, 23)


def inputs(model, size):
    """Random inputs of a model, every free axis of some size of its own."""
    shapes = [[s if s > 0 else size + 3 * axis for axis, s in enumerate(spec.shape)] for spec in model.inputs]
    return [torch.rand(*shape) for shape in shapes]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_exported_file_gives_the_numbers_of_the_module_at_three_sizes(model, tmp_path):
    module, served = model.build(), torch.jit.load(export(model, tmp_path))
    for size in SIZES:
        tensors = inputs(model, size)
        with torch.inference_mode():
            expected, found = (listed(m(*tensors)) for m in (module, served))
        assert len(found) == len(model.outputs)
        for a, b, spec in zip(expected, found, model.outputs, strict=True):
            assert torch.allclose(a, b, atol=1e-5)
            assert len(b.shape) == len(spec.shape)
            assert all(s in (-1, n) for s, n in zip(spec.shape, b.shape, strict=True))


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_committed_configuration_is_the_one_that_export_writes(model):
    assert (PROJECT / REPOSITORY / model.name / "config.pbtxt").read_text() == configuration(model)


def test_readme_holds_the_table():
    assert table() in (PROJECT / REPOSITORY / "README.md").read_text()


def listed(outputs):
    return [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)
