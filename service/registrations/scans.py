"""The scans that a request names -> its two scans: series ids, or series of a PACS."""

from __future__ import annotations

from jobs import pairs
from jobs.ports import Ports
from pacs.settings import Archives
from registration.pairing import Flag
from service.pairings.listing import Named, listed
from service.pairings.service import chosen
from service.registrations.references import SeriesReference
from service.registrations.schemas import RegistrationIn


def scans(ports: Ports, owner: str, archives: Archives, body: RegistrationIn) -> tuple[Named, Named]:
    """The fixed and the moving scan. Where a side is a whole study the pair is chosen, if it is clear; raises what
    `listed` and `chosen` raise."""
    if any(isinstance(one, SeriesReference) and one.series is None for one in (body.fixed, body.moving)):
        return chosen(ports, owner, archives, body.fixed, body.moving, body.confirm)
    return _settled(ports, owner, archives, body.fixed), _settled(ports, owner, archives, body.moving)


def flags(ports: Ports, fixed: Named, moving: Named) -> tuple[Flag, ...]:
    """What there is to say about two scans that are here; of others the worker that has fetched them will say it."""
    if isinstance(fixed, str) and isinstance(moving, str):
        return pairs.flags(pairs.source_of(ports, fixed), pairs.source_of(ports, moving))
    return ()


def _settled(ports: Ports, owner: str, archives: Archives, named: Named) -> Named:
    """A series of a study among the uploads becomes its id; others are what they are."""
    if isinstance(named, SeriesReference) and named.pacs is None:
        return listed(ports, owner, archives, named)[0].named
    return named
