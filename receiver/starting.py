"""A series that has arrived -> registrations, by rule and once per pair; what starts none is written down with why."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jobs import journal, pairs
from jobs.errors import JobError
from jobs.model import JobRecord, RegistrationRequest
from jobs.pairs import Member
from jobs.ports import Ports
from jobs.series import SeriesRecord
from jobs.starting import promise, start
from receiver.exporting import Exporter
from receiver.partners import NoPair, Pair, pairs_of
from receiver.rules import Rule


@dataclass(frozen=True)
class Starter:
    """Applies the rules to every series that arrives."""

    ports: Ports
    rules: tuple[Rule, ...]
    exporter: Exporter

    def arrived(self, record: SeriesRecord) -> None:
        """Start what the rules want. Raises JobError when a job cannot be stored or queued."""
        source = pairs.source_of(self.ports, record.id) if self.rules else None
        if source is None:
            return
        arrived = Member(record, source)
        if not any(side.fits(source) for rule in self.rules for side in (rule.earlier, rule.later)):
            return
        known = pairs.members(self.ports, lambda other: other.owner == record.owner)
        for rule in self.rules:
            for found in pairs_of(rule, arrived, known):
                self._act(found, record)

    def _act(self, found: Pair | NoPair, record: SeriesRecord) -> None:
        if isinstance(found, NoPair):
            journal.record("rule-without-pair", rule=found.rule.name, series=record.id, reason=found.reason)
            return
        try:
            job = started(self.ports, record.owner, found)
            journal.record("rule-started", rule=found.rule.name, fixed=found.fixed, moving=found.moving, job=job.id)
            for pacs in found.rule.export:
                self.exporter.wish(job.id, pacs)
        except JobError as error:
            if error.code != "idempotency-key-reused":
                raise
            journal.record("rule-without-pair", rule=found.rule.name, series=record.id, reason="registered-otherwise")


def started(ports: Ports, owner: str, pair: Pair) -> JobRecord:
    """The registration of a pair; however often it is asked for, there is one as long as its record is kept."""
    request = RegistrationRequest(fixed=pair.fixed, moving=pair.moving, preset=pair.rule.preset)
    once = promise(owner, f"rule\n{pair.fixed}\n{pair.moving}", request)
    assert once
    flags = pairs.flags(pairs.source_of(ports, pair.fixed), pairs.source_of(ports, pair.moving))
    return start(ports, owner, request, replace(once, lifetime_s=None), pairs.notices(flags))
