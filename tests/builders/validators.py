"""What other people's programs say of a DICOM file that we wrote."""

import shutil
import subprocess
from pathlib import Path

import pytest

needs_dciodvfy = pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
needs_dcmdump = pytest.mark.skipif(shutil.which("dcmdump") is None, reason="dcmdump (dcmtk) is not installed")


def dciodvfy(path: Path) -> list[str]:
    """Errors and warnings of the IOD validator of dicom3tools."""
    run = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, check=False)
    return [line for line in (run.stdout + run.stderr).splitlines() if line.startswith(("Error", "Warning"))]


def dcmdump(path: Path) -> str:
    """The file as dcmtk reads it; fails where dcmtk does."""
    run = subprocess.run(["dcmdump", "+L", str(path)], capture_output=True, text=True, check=True)
    assert not run.stderr
    return run.stdout
