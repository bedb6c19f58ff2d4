"""Every object on every odd grid satisfies the validators and parsers of others."""

import shutil
import subprocess

import pydicom
import pytest

from tests.builders.iod_tables import dicom_validator
from tests.builders.validators import dciodvfy, dcmdump, needs_dciodvfy, needs_dcmdump

ACCEPTED = {
    "Unrecognized defined term = <99KERNELREG>": "our own coding scheme, identified in each object that uses it",
    "Unrecognized defined term = <QUANTITY>": "a term of C.8.32.2 for what a map shows; the validator is of 2022",
}
"""Warnings that stay -> why."""
CHARACTERS = "W: The VR checker does not support this Specific Character Set: ISO_IR 192"
"""What dcmtk 3.6 says of names in UTF-8."""


@needs_dciodvfy
def test_dciodvfy_says_nothing_but_what_is_accepted(files):
    for file in files:
        assert not [line for line in dciodvfy(file) if not accepted(line)]


def accepted(line: str) -> bool:
    return line.startswith("Warning") and any(line.endswith(words) for words in ACCEPTED)


def test_dicom_validator_finds_nothing(files):
    for file in files:
        assert dicom_validator(file) == []


@needs_dcmdump
def test_dcmtk_parses_to_the_end(files):
    for file in files:
        assert dcmdump(file)


def test_every_value_has_the_form_of_its_type(files, monkeypatch):
    monkeypatch.setattr(pydicom.config.settings, "reading_validation_mode", pydicom.config.RAISE)
    for file in files:
        assert sum(1 for _ in pydicom.dcmread(file).iterall()) > 40


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("Modality", None), ("StudyInstanceUID", ""), ("EchoTime", 3.0), ("ContentDate", "yesterday")],
)
def test_dicom_validator_would_object(objects, tmp_path, keyword, value):
    one = pydicom.dcmread(objects.files["registration"][0])
    one.pop(keyword, None)
    if value is not None:
        with pydicom.config.disable_value_validation():
            setattr(one, keyword, value)
    one.save_as(tmp_path / "wrong.dcm")
    assert dicom_validator(tmp_path / "wrong.dcm")


@pytest.mark.skipif(shutil.which("dsr2html") is None, reason="dsr2html (dcmtk) is not installed")
def test_dcmtk_renders_the_report(objects, tmp_path):
    command = ["dsr2html", str(objects.files["report"][0]), str(tmp_path / "report.html")]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stderr
    assert set(said.splitlines()) <= {CHARACTERS}
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Research use only" in page
    assert "Expected error of the displacement field" in page
