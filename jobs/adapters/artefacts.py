"""KERNELREG_ARTEFACTS -> the artefact store: a folder of this machine or a network drive, or an object store."""

from __future__ import annotations

from pathlib import Path

from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.ports import ArtefactStore

FOLDER = "file://"
COPIES_BYTES = 20 * 2**30
"""Room for local copies of what an object store holds."""


def artefact_store(url: str, data_dir: Path, *, copies_bytes: int = COPIES_BYTES) -> ArtefactStore:
    """Without URL the data folder, `file:///PATH` another folder, anything else an object store through fsspec."""
    if not url or url.startswith(FOLDER):
        return DiskArtefacts(Path(url.removeprefix(FOLDER)) if url else data_dir)
    from jobs.adapters.object_artefacts import ObjectArtefacts

    return ObjectArtefacts(url, data_dir, copies_bytes=copies_bytes)
