"""The page on DICOM objects lists the codes that they carry, all of them and no others."""

import re
from pathlib import Path

from registration.products.dicom import codes
from registration.products.dicom.objects import OBJECTS

PAGE = Path(__file__).parents[2] / "docs" / "architecture" / "12-dicom-objects.md"


def test_the_page_lists_the_private_scheme():
    listed = dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", PAGE.read_text().split("## Codes")[1], re.MULTILINE))
    assert listed == codes.OWN


def test_codes_and_meanings_fit_their_attributes():
    assert all(len(code) <= 16 and len(meaning) <= 64 for code, meaning in codes.OWN.items())


def test_the_page_names_every_object():
    assert [name for name in OBJECTS if f"`{name}`" not in PAGE.read_text()] == []
