"""The examples of the README, run as they stand, on a smaller phantom of the same body and a service of their own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import SimpleITK as sitk

from cli.demonstration.service import running
from registration.geometry import Grid
from registration.phantom import make_phantom, write_phantom

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
EXAMPLE = re.compile(r"<!-- tested: ([a-z ]+) -->\n```\w+\n(.*?)```", re.DOTALL)
RIGHT_SIDE = Grid((44, 44, 34), (2.5, 2.5, 4.0), (-110.0, -60.0, -62.0))
CLICKED, TARGET = [-47.817, 22.806, -53.735], [-48.346, 22.396, -35.217]

pytestmark = pytest.mark.slow


def examples(kind):
    """The text of all examples of a kind, in order: later ones go on where earlier ones ended."""
    found = [text for name, text in EXAMPLE.findall(README) if name == kind]
    assert found, kind
    return "\n".join(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the examples run: `pair` is what `kernelreg phantom pair --seed 1` makes, on a smaller grid."""
    folder = tmp_path_factory.mktemp("readme")
    write_phantom(make_phantom("thorax", seed=1, grid=RIGHT_SIDE), folder / "pair")
    return folder


def run(command, folder, **environment):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        command,
        cwd=folder,
        env=dict(os.environ) | {"PATH": path, "PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def shell(text, folder):
    return run(["bash", "-euo", "pipefail", "-c", text], folder)


def test_command_line(folder):
    printed = shell(examples("command line"), folder)
    for promised in ("Registered", "registered", "Refined", "liver-1", "refined", "residual_mm", "above"):
        assert promised in printed
    before, after = (float(re.search(rf"{state} +([\d.]+)", printed)[1]) for state in ("as stored", "registered"))
    assert after < before / 2


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples for the service are written for curl")
def test_service(folder):
    with running(folder / "service.log") as url:
        printed = shell(examples("service").replace("http://127.0.0.1:8000", url), folder)
    assert '"state":"succeeded"' in printed
    assert '"residuals":[{"id":"liver-1"' in printed
    mapped = re.search(r'\{"points":\[\[([^\]]+)\]\]', printed)
    assert [float(v) for v in mapped[1].split(",")] == pytest.approx(TARGET, abs=0.05)
    assert sitk.ReadImage(str(folder / "field.nii.gz")).GetSize()[:3] == RIGHT_SIDE.size
    assert (folder / "preview.png").read_bytes().startswith(b"\x89PNG")


def test_python(folder):
    printed = run([sys.executable, "-c", examples("python")], folder)
    assert printed.startswith("0 folds;")
    field = sitk.DisplacementFieldTransform(sitk.ReadImage(str(folder / "field.mha"), sitk.sitkVectorFloat64))
    assert field.TransformPoint(CLICKED) == pytest.approx(TARGET, abs=0.05)
