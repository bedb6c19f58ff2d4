"""Results kept open between clicks: the stored registration and its field at the revision that was last read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from jobs.errors import NotFoundError
from jobs.model import JobRecord, Revision
from jobs.ports import Kind, Ports
from jobs.revisions import read_set
from registration.archive import StoredResult, load_result
from registration.field.displacement import DisplacementField
from registration.refine import FieldPatch, field_with
from registration.refinement.corrections import CorrectionSet
from registration.refinement.settings import DEFAULT
from registration.refinement.solution import Solver
from worker.corrections import correction_set

RESULT = "result"
"""The folder of the stored result in its registration's artefact."""
KEPT = 4
KEPT_BYTES = 2 * 2**30
"""What the fields of open results may take together; the last one stays whatever its size."""


@dataclass
class OpenResult:
    """One registration in memory: what was stored, and the field and set of the revision `tag`."""

    stored: StoredResult
    tag: str
    corrections: CorrectionSet
    field: DisplacementField
    solver: Solver
    """Remembers what it solved, so that a click costs its own neighbourhood and not the whole set again."""

    def patched(self, tag: str, corrections: CorrectionSet, patch: FieldPatch) -> None:
        """Follow an edit: only the voxels of its box change."""
        self.field.vectors_mm[patch.box.slices] = patch.vectors_mm
        self.tag, self.corrections = tag, corrections


class OpenResults:
    """The few results that were used last; the rest is opened again from the artefacts when needed."""

    def __init__(self, ports: Ports, *, kept: int = KEPT, kept_bytes: int = KEPT_BYTES) -> None:
        self._ports = ports
        self._kept, self._kept_bytes = kept, kept_bytes
        self._open: OrderedDict[str, OpenResult] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, record: JobRecord, revision: Revision) -> OpenResult:
        """The registration with its field at this revision."""
        with self._lock:
            result = self._open.pop(record.id, None)
        if result is None or result.tag != revision.tag:
            result = self._load(record.id, revision, result)
        with self._lock:
            self._open[record.id] = result
            while len(self._open) > 1 and self._too_much():
                self._open.popitem(last=False)
        return result

    def _too_much(self) -> bool:
        taken = sum(result.field.vectors_mm.nbytes for result in self._open.values())
        return len(self._open) > self._kept or taken > self._kept_bytes

    def forget(self, job_id: str) -> None:
        """Drop a registration from memory."""
        with self._lock:
            self._open.pop(job_id, None)

    def _load(self, job_id: str, revision: Revision, known: OpenResult | None) -> OpenResult:
        folder = self._ports.artefacts.folder(Kind.REGISTRATION, job_id) / RESULT
        if not folder.is_dir():
            raise NotFoundError("registration-not-found", "The result of this registration is gone.")
        stored = known.stored if known else load_result(folder)
        base = stored.base
        corrections = correction_set(base.grid, read_set(self._ports, job_id, revision))
        solver = known.solver if known else Solver(base, DEFAULT)
        return OpenResult(stored, revision.tag, corrections, field_with(base, corrections, solver=solver), solver)
