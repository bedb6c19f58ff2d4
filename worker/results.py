"""Results kept open between clicks: the field before corrections, and what was last asked of it, at one revision."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from jobs import figures
from jobs.errors import NotFoundError
from jobs.model import JobRecord, Revision
from jobs.ports import Kind, Ports
from jobs.revisions import read_set
from registration.archive import StoredResult, load_result
from registration.field.displacement import DisplacementField
from registration.products.outcome import Outcome
from registration.refine import FieldPatch, field_with
from registration.refinement.corrections import CorrectionSet
from registration.refinement.reading import corrected_where_read
from registration.refinement.settings import DEFAULT
from registration.refinement.solution import Solver
from worker.corrections import correction_set
from worker.field_cache import cached_field, keep

RESULT = "result"
"""The folder of the stored result in its registration's artefact."""
KEPT = 4
KEPT_BYTES = 2 * 2**30
"""What the fields of open results may take together; the last one stays whatever its size."""


class Opened:
    """One registration that was opened: a click reads `base` where it touches it, everything else reads `stored`."""

    def __init__(self, load: Callable[[], StoredResult], cached: DisplacementField | None) -> None:
        self._load = load
        self.base = cached if cached is not None else self.stored.base
        self.solver = Solver(self.base, DEFAULT)
        """Remembers what it solved, so that a click costs its own neighbourhood and not the whole set again."""

    @cached_property
    def stored(self) -> StoredResult:
        """Everything that was stored, in files here."""
        return self._load()


@dataclass
class OpenResult:
    """One registration at the revision `tag`, and its whole field there once that was asked for."""

    opened: Opened
    tag: str
    corrections: CorrectionSet
    _field: DisplacementField | None = None

    @property
    def stored(self) -> StoredResult:
        """Everything that was stored."""
        return self.opened.stored

    @property
    def field(self) -> DisplacementField:
        """The whole field at this revision, in memory."""
        if self._field is None:
            self._field = field_with(self.stored.base, self.corrections, solver=self.opened.solver)
        return self._field

    @property
    def outcome(self) -> Outcome:
        """The result with these corrections, as products are made from it."""
        return Outcome(self.stored, self.corrections, self.field)

    def for_points(self, count: int) -> DisplacementField:
        """The field for reading at so many points: of few, the whole is not computed. The same to the bit."""
        bumps = self.opened.solver.solve(self.corrections).bumps
        if self._field is not None or 8 * count * len(bumps) > math.prod(self.opened.base.grid.size):
            return self.field
        return corrected_where_read(self.opened.base, bumps)

    @property
    def nbytes(self) -> int:
        """What is held in memory."""
        return self.opened.base.vectors_mm.nbytes + (self._field.vectors_mm.nbytes if self._field else 0)

    def patched(self, tag: str, corrections: CorrectionSet, patch: FieldPatch) -> None:
        """Follow an edit: only the voxels of its box change."""
        if self._field is not None:
            self._field.vectors_mm[patch.box.slices] = patch.vectors_mm
        self.tag, self.corrections = tag, corrections


class OpenResults:
    """The few results that were used last; the rest is opened again from cache or artefacts when needed."""

    def __init__(self, ports: Ports, *, kept: int = KEPT, kept_bytes: int = KEPT_BYTES) -> None:
        self._ports = ports
        self._kept, self._kept_bytes = kept, kept_bytes
        self._open: OrderedDict[str, OpenResult] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, record: JobRecord, revision: Revision) -> OpenResult:
        """The registration at this revision."""
        with self._lock:
            result = self._open.pop(record.id, None)
        if result is None or result.tag != revision.tag:
            opened = result.opened if result else opened_result(self._ports, record)
            corrections = correction_set(opened.base.grid, read_set(self._ports, record.id, revision))
            result = OpenResult(opened, revision.tag, corrections)
        with self._lock:
            self._open[record.id] = result
            while len(self._open) > 1 and self._too_much():
                self._open.popitem(last=False)
        return result

    def forget(self, job_id: str) -> None:
        """Drop a registration from memory."""
        with self._lock:
            self._open.pop(job_id, None)

    def tidy(self) -> None:
        """Drop what was purged; with several workers on a queue only one of them is told."""
        with self._lock:
            held = list(self._open)
        for job_id in held:
            try:
                self._ports.jobs.get(job_id)
            except NotFoundError:
                self.forget(job_id)

    def _too_much(self) -> bool:
        taken = sum(result.nbytes for result in self._open.values())
        return len(self._open) > self._kept or taken > self._kept_bytes


def opened_result(ports: Ports, record: JobRecord) -> Opened:
    """A registration opened: from the cache as far as it goes, else from the artefacts, and then into the cache."""
    load, tag = partial(_load, ports, record.id), record.revisions[0].tag
    cached = None

    def lost() -> DisplacementField:
        ports.figures.count(figures.CACHE, outcome="lost")
        return opened.stored.base

    if ports.cache:
        cached = cached_field(ports.cache, record.id, tag, lost)
        ports.figures.count(figures.CACHE, outcome="miss" if cached is None else "hit")
    opened = Opened(load, cached)
    if ports.cache and cached is None:
        keep(ports.cache, record.id, tag, opened.base)
    return opened


def _load(ports: Ports, job_id: str) -> StoredResult:
    folder = ports.artefacts.folder(Kind.REGISTRATION, job_id) / RESULT
    if not folder.is_dir():
        raise NotFoundError("registration-not-found", "The result of this registration is gone.")
    return load_result(folder)
