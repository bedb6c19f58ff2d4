"""A DICOM file becomes its data set, unless it is deflated, disguised or damaged."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pydicom.uid import DeflatedExplicitVRLittleEndian

from registration.dicom.damage import ERRORS
from registration.dicom.preamble import has_mark, refuse_disguise
from registration.errors import ScanError


@contextmanager
def objecting_to_damage(name: str) -> Iterator[None]:
    """What pydicom raises inside is an objection to the file: values are converted when they are first used."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except ScanError:
        raise
    except EOFError as error:
        raise ScanError("scan-truncated", f"{name}: the file ends within its header") from error
    except ERRORS as error:
        message = f"{name}: the DICOM header cannot be read ({type(error).__name__})"
        raise ScanError("scan-unreadable", message) from error


def open_dataset(path: Path, tags: Sequence[str] | None = None) -> Dataset:
    """The data set without its pixels, or these top-level attributes of it.

    The deflated syntax is refused unread: it can inflate a thousandfold. To be called within `objecting_to_damage`.
    """
    refuse_disguise(path)
    if has_mark(path) and _syntax(path) == DeflatedExplicitVRLittleEndian:
        raise ScanError("scan-unreadable", f"{path.name}: the deflated transfer syntax is not accepted")
    return pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=list(tags) if tags else None)


def _syntax(path: Path) -> str:
    return str(read_file_meta_info(path).get("TransferSyntaxUID", ""))
