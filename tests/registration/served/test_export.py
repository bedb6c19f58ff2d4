"""Exported models: the numbers of the Python modules at any size, and files that say the same as the code."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from registration.export import REPOSITORY, export
from registration.field.finish import FinishSettings
from registration.served.configuration import configuration, table
from registration.served.expected import expected_fingerprints
from registration.served.fingerprint import fingerprint
from registration.served.specs import DTYPES, FINISH_FIELD, MATCH_SCAN, MODELS, VERSION
from tests.builders.served_models import finish_inputs, match_inputs

PROJECT = Path(__file__).parents[3]
SIZES = (((17, 20, 23), (19, 18, 21), 31), ((24, 22, 30), (28, 31, 26), 64), ((9, 12, 40), (10, 9, 33), 40))
"""Shapes (z, y, x) of both scans, and keypoints; odd sizes on purpose."""


def inputs(model, size):
    fixed, moving, count = size
    return match_inputs(fixed, moving, count) if model is MATCH_SCAN else finish_inputs(fixed, moving)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repository")
    found = {model.name: export(model, folder) for model in MODELS}
    assert set(found) == set(expected_fingerprints())
    return folder


def loaded(repository, model):
    return torch.jit.load(repository / model.name / str(VERSION) / "model.pt")


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_exported_file_gives_the_bits_of_the_module(model, size, repository):
    tensors = inputs(model, size)
    with torch.inference_mode():
        expected, found = (listed(m(*tensors)) for m in (model.module(), loaded(repository, model)))
    for a, b in zip(expected, found, strict=True):
        assert torch.equal(a, b)
        assert torch.isfinite(b).all()


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_tensors_are_what_the_specification_says(model, repository):
    tensors = inputs(model, SIZES[0])
    with torch.inference_mode():
        outputs = listed(loaded(repository, model)(*tensors))
    for specs, found in ((model.inputs, tensors), (model.outputs, outputs)):
        for i, (spec, tensor) in enumerate(zip(specs, found, strict=True)):
            assert spec.name.endswith(f"__{i}")
            assert tensor.dtype == DTYPES[spec.dtype]
            assert len(tensor.shape) == len(spec.shape)
            assert all(s in (-1, n) for s, n in zip(spec.shape, tensor.shape, strict=True))


def test_the_finish_without_descriptors_is_another_one(repository):
    model = loaded(repository, FINISH_FIELD)
    with_both, contrast = (
        model(*finish_inputs(*SIZES[0][:2], FinishSettings(descriptors=share))) for share in (0.6, 0.0)
    )
    assert (with_both - contrast).abs().max() > 0.01


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_fingerprint_tells_the_code_and_not_where_it_was_exported(model, repository, tmp_path):
    sha256 = export(model, tmp_path)
    assert sha256 == fingerprint(repository / model.name / str(VERSION) / "model.pt")
    assert sha256 == expected_fingerprints()[model.name], "the method has changed, run: make models"


def test_other_code_has_another_fingerprint(tmp_path):
    class Twice(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 2 * x

    class Thrice(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 3 * x

    for module in (Twice(), Thrice()):
        torch.jit.save(torch.jit.script(module), str(tmp_path / type(module).__name__))
    assert fingerprint(tmp_path / "Twice") != fingerprint(tmp_path / "Thrice")


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_committed_configuration_is_the_one_that_export_writes(model):
    written = (PROJECT / REPOSITORY / model.name / "config.pbtxt").read_text()
    assert written == configuration(model, expected_fingerprints()[model.name]), "run: make models"


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_warm_up_is_a_pair_that_the_model_can_compute(model, repository):
    tensors = []
    for spec in model.inputs:
        tensor = torch.zeros(spec.like, dtype=DTYPES[spec.dtype])
        if spec.name in model.warm_up:
            stored = np.fromfile(repository / model.name / "warmup" / spec.name, "<f8")
            tensor = torch.from_numpy(stored.reshape(spec.like))
        tensors.append(tensor)
    assert all(torch.isfinite(tensor).all() for tensor in listed(loaded(repository, model)(*tensors)))


def test_readme_holds_the_table():
    text = (PROJECT / REPOSITORY / "README.md").read_text()
    assert table(MODELS) in text
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.M)) >= {model.name for model in MODELS}


def listed(outputs):
    return [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)
