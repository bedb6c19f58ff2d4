"""Instances for an archive: what it has is left, the rest is sent, and again what failed for a passing reason."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jobs import journal
from jobs.exports import InstanceOutcome
from pacs.errors import PacsError
from pacs.outcomes import Instance, Outcome, Status
from pacs.sending import held, send
from pacs.settings import Archive
from worker.patience import PAUSES_S

NOTE_EVERY_S = 2.0
ARRIVED = (Status.STORED, Status.ALREADY)


@dataclass(frozen=True)
class Parcel:
    """One instance, and the object it is part of."""

    object: str
    instance: Instance


class Delivery:
    """Parcels on their way. `obstacle` is what was in the way at last, None when the archive answered."""

    def __init__(
        self, archive: Archive, via: str, parcels: Sequence[Parcel], known: Sequence[InstanceOutcome] = ()
    ) -> None:
        self.parcels = parcels
        self.obstacle: PacsError | None = None
        self._archive, self._via = archive, via
        arrived = {row.sop_instance: Status(row.status) for row in known if row.status in ARRIVED}
        self._told: dict[str, Outcome] = {
            one.instance.instance_uid: Outcome(one.instance, arrived[one.instance.instance_uid])
            for one in parcels
            if one.instance.instance_uid in arrived
        }
        self._noted = 0.0

    def carry_out(self, note: Callable[[], None]) -> None:
        """Send until every parcel has arrived or was refused for good, or every pause is over. `note` is called now and
        then, and may raise to stop."""
        for pause in (*PAUSES_S, None):
            self._round(note)
            if not self.left() or pause is None:
                return
            journal.record("export-waits", logging.WARNING, left=len(self.left()), seconds=pause)
            note()
            time.sleep(pause)

    def left(self) -> list[Instance]:
        """What has not been sent, and what may arrive when it is sent again."""
        if self.obstacle and not self.obstacle.passing:
            return []
        return [one.instance for one in self.parcels if self._open(one.instance)]

    def rows(self) -> list[InstanceOutcome]:
        """What became of each instance so far."""
        return [self._row(parcel) for parcel in self.parcels]

    def _round(self, note: Callable[[], None]) -> None:
        self.obstacle = None
        try:
            waiting = self.left()
            there = held(self._archive, waiting)
            self._told |= {
                one.instance_uid: Outcome(one, Status.ALREADY) for one in waiting if one.instance_uid in there
            }
            for outcome in send(self._archive, self._via, self.left()):
                self._told[outcome.instance.instance_uid] = outcome
                if time.monotonic() - self._noted > NOTE_EVERY_S:
                    self._noted = time.monotonic()
                    note()
        except PacsError as error:
            self.obstacle = error

    def _open(self, one: Instance) -> bool:
        outcome = self._told.get(one.instance_uid)
        return outcome is None or outcome.passing

    def _row(self, parcel: Parcel) -> InstanceOutcome:
        outcome = self._told.get(parcel.instance.instance_uid)
        if outcome is None:
            status, reason = Status.FAILED, self.obstacle.code if self.obstacle else None
        else:
            status, reason = outcome.status, None if outcome.reason is None else f"{outcome.reason:04X}"
        return InstanceOutcome(
            object=parcel.object,
            sop_class=parcel.instance.class_uid,
            sop_instance=parcel.instance.instance_uid,
            status=status,
            reason=reason,
        )
