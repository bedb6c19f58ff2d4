"""Identifiers of a header as objections may show them: damage that swallows the next elements must not show a name."""

from __future__ import annotations

import re

from pydicom.dataset import Dataset

from registration.errors import ScanError

UID = re.compile(r"[0-9A-Za-z._-]{1,64}")
"""More than PS3.5 9.1 allows, since anonymisers write letters; no blank, caret or control character."""


def uid_of(header: Dataset, keyword: str) -> str:
    """An identifier; empty where it is absent or none."""
    text = str(header.get(keyword) or "")
    return text if UID.fullmatch(text) else ""


def required_uid(name: str, header: Dataset, keyword: str) -> str:
    """An identifier; raises `scan-unreadable` without it."""
    found = uid_of(header, keyword)
    if not found:
        raise ScanError("scan-unreadable", f"{name}: {keyword} is missing or no identifier")
    return found


def of_instance(name: str, header: Dataset) -> tuple[str, dict[str, object]]:
    """How an objection names the image of a file: in words, and as details."""
    uid = uid_of(header, "SOPInstanceUID")
    return (f"Instance {uid} ({name})", {"instances": [uid]}) if uid else (name, {})
