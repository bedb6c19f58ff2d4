"""The scans that a request names -> its two scans: series ids, or series of a PACS."""

from __future__ import annotations

from jobs import pairs
from jobs.model import PacsSeries, RegistrationRequest
from jobs.ports import Ports
from pacs.errors import PacsError
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


def named(ports: Ports, owner: str, archives: Archives, body: RegistrationIn) -> dict[str, str | PacsSeries]:
    """Scans and masks as the job keeps them, by its fields; raises what `scans` raises, and `pacs-unknown` or
    `pacs-cannot` for an archive from which nothing can be fetched."""
    fixed, moving = scans(ports, owner, archives, body)
    masks = {"fixed_mask": body.masks.fixed, "moving_mask": body.masks.moving}
    settled = {field: _settled(ports, owner, archives, mask) for field, mask in masks.items() if mask is not None}
    return {field: _kept(archives, one) for field, one in ({"fixed": fixed, "moving": moving} | settled).items()}


def flags(ports: Ports, request: RegistrationRequest) -> tuple[Flag, ...]:
    """What there is to say about two scans that are here; of others the worker that has fetched them will say it."""
    if isinstance(request.fixed, str) and isinstance(request.moving, str):
        return pairs.flags(pairs.source_of(ports, request.fixed), pairs.source_of(ports, request.moving))
    return ()


def _kept(archives: Archives, one: Named) -> str | PacsSeries:
    """How a job names a scan or mask."""
    if isinstance(one, str):
        return one
    assert one.pacs is not None  # what lies here is settled
    assert one.series is not None  # whole studies are chosen from
    if not archives.of(one.pacs).dicomweb:
        raise PacsError("pacs-cannot", "Nothing can be fetched from this archive: it is not configured for DICOMweb.")
    return PacsSeries(pacs=one.pacs, study=one.study, series=one.series)


def _settled(ports: Ports, owner: str, archives: Archives, named: Named) -> Named:
    """A series of a study among the uploads becomes its id; others are what they are."""
    if isinstance(named, SeriesReference) and named.pacs is None:
        return listed(ports, owner, archives, named)[0].named
    return named
