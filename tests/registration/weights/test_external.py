"""Third-party weights: sought in one place, checked, refused with what to do; their terms told once."""

import hashlib
import logging
import os
import pickle
from pathlib import Path

import pytest
import torch

from registration.errors import MethodError
from registration.weights import external
from registration.weights.external import Published, WeightsFolder, load_external, weights_folder
from tests.builders.weights import saved

CONTENT = {"weight": torch.arange(6.0).reshape(2, 3)}


@pytest.fixture
def published(tmp_path):
    """Weights whose file lies in tmp_path, and that file."""
    path, sha256 = saved(CONTENT, tmp_path / "some.pth")
    return Published("some", path.name, sha256, "for research only", "https://example.org/some"), path


@pytest.fixture(autouse=True)
def nothing_told_yet():
    external._tell_terms.cache_clear()


def refusal(weights, path, sha256):
    with pytest.raises(MethodError) as refused:
        load_external(weights, path, sha256=sha256)
    return refused.value


def test_the_published_file_is_loaded(published):
    weights, path = published
    assert torch.equal(load_external(weights, path, sha256=weights.sha256)["weight"], CONTENT["weight"])


def test_a_missing_file_is_named_with_its_place_and_its_source(published, tmp_path):
    weights, path = published
    missing = refusal(weights, tmp_path / "weights" / path.name, weights.sha256)
    assert missing.code == "weights-missing"
    for part in ("'some'", "some.pth", str(tmp_path / "weights"), weights.source, weights.terms):
        assert part in missing.message


def test_a_place_under_home_does_not_tell_whose_home_it_is(published, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    weights, path = published
    missing = refusal(weights, tmp_path / "cache" / path.name, weights.sha256)
    assert "~/cache" in missing.message
    assert str(tmp_path) not in missing.message


def test_another_file_is_refused_unless_it_was_named(published, tmp_path):
    weights, path = published
    own = torch.zeros(2, 3)
    _, found = saved({"weight": own}, path)
    refused = refusal(weights, path, weights.sha256)
    assert refused.code == "weights-invalid"
    assert weights.sha256 in refused.message
    assert found in refused.message
    assert torch.equal(load_external(weights, path, sha256=found.upper())["weight"], own)


class Trap:
    """A pickle that makes a folder when it is opened."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def test_a_file_that_would_run_code_is_refused_without_running_it(published, tmp_path):
    weights, path = published
    path.write_bytes(pickle.dumps({"weight": Trap(tmp_path / "ran")}, protocol=2))
    assert refusal(weights, path, hashlib.sha256(path.read_bytes()).hexdigest()).code == "weights-invalid"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"no tensors, though of the right hash"])
def test_a_file_that_holds_no_tensors_is_refused(published, content):
    weights, path = published
    path.write_bytes(content)
    assert refusal(weights, path, hashlib.sha256(content).hexdigest()).code == "weights-invalid"


def test_tensors_without_names_are_refused(published):
    weights, path = published
    _, found = saved([torch.zeros(2)], path)
    assert "named tensors" in refusal(weights, path, found).message


def test_the_terms_are_told_once(published, caplog):
    weights, path = published
    with caplog.at_level(logging.WARNING, "kernelreg"):
        for _ in range(3):
            load_external(weights, path, sha256=weights.sha256)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert weights.terms in told[0]
    assert weights.source in told[0]


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({}, Path.home() / ".cache" / "kernelreg" / "weights"),
        ({"XDG_CACHE_HOME": "/var/cache"}, Path("/var/cache/kernelreg/weights")),
        ({"XDG_CACHE_HOME": "/var/cache", "KERNELREG_WEIGHTS_DIR": "/srv/weights"}, Path("/srv/weights")),
        ({"KERNELREG_WEIGHTS_DIR": "~/weights"}, Path.home() / "weights"),
    ],
)
def test_the_environment_says_where_weights_lie(environment, folder):
    assert weights_folder(environment) == WeightsFolder(folder)


def test_the_environment_may_name_another_file():
    disk = Published("disk", "d.pth", "aa", "", "")
    superpoint = Published("superpoint", "s.pth", "bb", "", "")
    folder = weights_folder({"KERNELREG_DISK_SHA256": "cc", "KERNELREG_SUPERPOINT_SHA256": ""})
    assert (folder.sha256_of(disk), folder.sha256_of(superpoint)) == ("cc", "bb")
