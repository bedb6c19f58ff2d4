"""The payload becomes a folder of backends, by copying: the wheel itself stays as it is."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

SHIM = Path(__file__).with_name("pytorch_backend") / "model.py"


def lay_out(payload: Path, target: Path) -> Path:
    """`target` with the `python` backend of this very Python and the `pytorch` backend made from it."""
    source = payload / "pytriton" / "tritonserver"
    stub = source / "python_backend_stubs" / f"{sys.version_info.major}.{sys.version_info.minor}"
    python, pytorch = target / "python", target / "pytorch"
    for folder in (python, pytorch):
        folder.mkdir(parents=True, exist_ok=True)
    for name in ("libtriton_python.so", "triton_python_backend_utils.py"):
        shutil.copy(source / "backends" / "python" / name, python)
    shutil.copy(stub / "triton_python_backend_stub", python)
    shutil.copy(SHIM, pytorch)
    return target
