"""Two named scans or studies -> ranked candidates, and the one pair they mean where that is clear."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from jobs.errors import JobError
from jobs.pairs import require_confirmed
from jobs.ports import Ports
from pacs.settings import Archives
from registration.pairing import Candidate, Ranking, SeriesSummary, rank
from service.errors import ServiceError
from service.pairings.listing import Listed, Named, listed
from service.pairings.schemas import CandidateOut, LeftOutOut, PairingOut, SideOut

SHOWN = 20
TOLD = 5
"""Candidates in an answer, and in a refusal."""


@dataclass(frozen=True)
class Pairing:
    """The candidates of two sides, and how a request names their series."""

    ranking: Ranking
    fixed: dict[str, Named]
    moving: dict[str, Named]

    def shown(self, most: int) -> list[CandidateOut]:
        """The best candidates as clients see them."""
        return [self._candidate(one) for one in self.ranking.candidates[:most]]

    def best(self) -> tuple[Named, Named]:
        """The first candidate, as a request names it."""
        first = self.ranking.candidates[0]
        return self.fixed[first.fixed.name], self.moving[first.moving.name]

    def _candidate(self, one: Candidate) -> CandidateOut:
        return CandidateOut(
            fixed=_side(one.fixed, self.fixed),
            moving=_side(one.moving, self.moving),
            score=one.score,
            reasons_for=[reason.text for reason in one.reasons if reason.speaks_for],
            reasons_against=[reason.text for reason in one.reasons if not reason.speaks_for],
            flags=list(one.flags),
        )


def paired(ports: Ports, owner: str, archives: Archives, fixed: Named, moving: Named) -> Pairing:
    """The candidates; raises what `listed` raises."""
    sides = [listed(ports, owner, archives, named) for named in (fixed, moving)]
    ranking = rank(*([one.summary for one in side] for side in sides))
    return Pairing(ranking, _names(sides[0]), _names(sides[1]))


def chosen(
    ports: Ports, owner: str, archives: Archives, fixed: Named, moving: Named, confirmed: Collection[str]
) -> tuple[Named, Named]:
    """The pair that two sides mean. Raises `pair-not-found`, `pair-ambiguous`, and `pair-unconfirmed` for a flag that
    is not confirmed; each tells the candidates."""
    pairing = paired(ports, owner, archives, fixed, moving)
    if not pairing.ranking.candidates:
        reasons = [one.model_dump() for one in _left_out(pairing.ranking)][:SHOWN]
        raise ServiceError("pair-not-found", "No two series of these studies can be registered.", left_out=reasons)
    told = [one.model_dump(mode="json", exclude_none=True) for one in pairing.shown(TOLD)]
    if pairing.ranking.ambiguous:
        message = "Several pairs suit about equally well; name the series of the one that is meant."
        raise ServiceError("pair-ambiguous", message, candidates=told)
    try:
        require_confirmed(pairing.ranking.candidates[0].flags, confirmed)
    except JobError as error:
        error.details["candidates"] = told
        raise
    return pairing.best()


def shown(pairing: Pairing) -> PairingOut:
    """The candidates as clients see them."""
    return PairingOut(
        candidates=pairing.shown(SHOWN),
        candidates_in_all=len(pairing.ranking.candidates),
        ambiguous=pairing.ranking.ambiguous,
        left_out=_left_out(pairing.ranking),
    )


def _names(side: list[Listed]) -> dict[str, Named]:
    return {one.summary.name: one.named for one in side}


def _left_out(ranking: Ranking) -> list[LeftOutOut]:
    return [LeftOutOut(series=one.name, reason=one.reason) for one in ranking.left_out]


def _side(summary: SeriesSummary, names: dict[str, Named]) -> SideOut:
    return SideOut(
        named=names[summary.name],
        series=summary.name,
        modality=summary.modality or None,
        slices=summary.slices,
        thickness_mm=summary.thickness_mm,
        plane=summary.plane,
        kernel=summary.kernel or None,
        contrast=summary.contrast,
    )
