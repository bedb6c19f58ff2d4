"""The documentation names what is there: every link leads to a file, every source file that it mentions exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SOURCES = [
    path
    for package in ("registration", "jobs", "pacs", "receiver", "service", "worker", "cli", "benchmarks", "tests")
    for path in ROOT.glob(f"{package}/**/*.py")
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/architecture/*.md")), ids=lambda page: page.name)
def test_every_source_file_that_a_page_names_exists(page):
    named = re.findall(r"`([\w/]+\.py)`", page.read_text())
    assert [name for name in named if not any(str(path).endswith(f"/{name}") for path in SOURCES)] == []
