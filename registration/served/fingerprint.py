"""A TorchScript file becomes its fingerprint: a SHA-256 over what decides its numbers, code and weights alike.

The file's own bytes differ from export to export: they hold where the sources lay and a random identifier. The
fingerprint is the same wherever the same code is exported by the same torch.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

BESIDE = (".debug_pkl", "/version", "/byteorder", "/.data/serialization_id")
"""Ends of the names of entries that decide nothing."""
MANGLED = re.compile(rb"___torch_mangle_\d+")
"""What torch calls the second function of one name; it counts through the whole process."""


def fingerprint(path: Path) -> str:
    """SHA-256 in hexadecimal digits."""
    total = hashlib.sha256()
    with zipfile.ZipFile(path) as archive:
        contents = [MANGLED.sub(b"_", archive.read(n)) for n in archive.namelist() if not n.endswith(BESIDE)]
    for content in sorted(contents):
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()
