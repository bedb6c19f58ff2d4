"""The built page that the package ships is the one that its sources make."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCES, STATIC = Path("viewer"), Path("service/viewer/static")
TOOLS = SOURCES / "node_modules" / "esbuild"


def test_the_shipped_page_was_built_from_these_sources():
    listed = [line.split("  ") for line in (STATIC / "built-from.txt").read_text().splitlines()]
    there = {
        p.relative_to(SOURCES).as_posix() for f in ("src", "page") for p in (SOURCES / f).rglob("*") if p.is_file()
    }
    assert {name for _, name in listed} == there | {"build.mjs", "package-lock.json", "tsconfig.json"}
    changed = [name for mark, name in listed if hashlib.sha256((SOURCES / name).read_bytes()).hexdigest() != mark]
    assert changed == [], "run make viewer"


@pytest.mark.skipif(
    not shutil.which("node") or not TOOLS.exists(), reason="needs node and viewer/node_modules: make viewer"
)
def test_building_it_again_gives_the_same_bytes(tmp_path):
    subprocess.run(["node", "build.mjs", str(tmp_path)], cwd=SOURCES, check=True, timeout=120)
    for path in STATIC.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), "run make viewer"


def test_no_source_file_is_longer_than_two_screens():
    long = {p.name: n for p in (SOURCES / "src").rglob("*.ts") if (n := len(p.read_text().splitlines())) > 180}
    assert long == {}
