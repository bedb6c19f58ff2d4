"""Names of detectors: what is offered, what is missing, and what is not even loaded."""

import subprocess
import sys

import pytest

from registration.errors import MethodError
from registration.keypoints.named import detector_named
from registration.keypoints.names import DEFAULT_DETECTOR, DETECTORS
from registration.weights.external import WeightsFolder
from tests.builders.weights import disk_file, superpoint_file


def refusal(*arguments):
    with pytest.raises(MethodError) as refused:
        detector_named(*arguments)
    return refused.value


def test_an_unknown_name_is_answered_with_those_there_are():
    unknown = refusal("surf")
    assert unknown.code == "detector-unknown"
    assert all(name in unknown.message for name in DETECTORS)


@pytest.mark.parametrize(("name", "file"), [("disk", "depth-save.pth"), ("superpoint", "superpoint_v1.pth")])
def test_a_detector_without_its_weights_says_which_file_it_needs(tmp_path, name, file):
    missing = refusal(name, WeightsFolder(tmp_path))
    assert missing.code == "weights-missing"
    assert file in missing.message
    assert str(tmp_path) in missing.message


@pytest.mark.parametrize(("name", "make"), [("disk", disk_file), ("superpoint", superpoint_file)])
def test_a_detector_takes_the_file_of_its_folder_when_its_hash_is_accepted(tmp_path, name, make):
    _, sha256 = make(tmp_path)
    assert detector_named(name, WeightsFolder(tmp_path, {name: sha256})).name == name
    assert refusal(name, WeightsFolder(tmp_path)).code == "weights-invalid"


@pytest.mark.parametrize(("name", "package"), [("sift", "cv2"), ("disk", "kornia"), ("superpoint", "kornia")])
def test_a_package_that_is_not_installed_is_named(monkeypatch, tmp_path, name, package):
    for loaded in [module for module in sys.modules if module.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"registration.keypoints.{name}", raising=False)
    monkeypatch.delattr(f"registration.keypoints.{name}", raising=False)
    missing = refusal(name, WeightsFolder(tmp_path))
    assert missing.code == "detector-not-installed"
    assert package in missing.message
    assert "kernelreg[detectors]" in missing.message


def test_the_default_loads_no_library_of_the_others():
    code = (
        "import sys; from registration.keypoints.named import detector_named; import registration.register;"
        f"detector_named('{DEFAULT_DETECTOR}'); print({{'cv2', 'kornia'}} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert ended.stdout.strip() == "set()"
