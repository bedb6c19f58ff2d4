"""A series that has arrived -> the pairs that a rule means: the newest earlier scan of its patient, if one is clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.pairs import Member
from receiver.rules import Rule
from registration.pairing import Candidate, rank, same_patient


@dataclass(frozen=True)
class Pair:
    """Two stored series to register, by id."""

    rule: Rule
    fixed: str
    moving: str


@dataclass(frozen=True)
class NoPair:
    """Why a rule starts nothing, in one word."""

    rule: Rule
    reason: str


def pairs_of(rule: Rule, arrived: Member, known: Sequence[Member]) -> set[Pair | NoPair]:
    """What the rule makes of a series: nothing where it does not fit. It may be the later scan of a pair, or an earlier
    one that was sent after it. `known`: all series that could be its partner."""
    fits_later, fits_earlier = rule.later.fits(arrived.source), rule.earlier.fits(arrived.source)
    if not fits_later and not fits_earlier:
        return set()
    if not arrived.source.patient[0].strip():
        return {NoPair(rule, "unknown-patient")}
    if moment(arrived) is None:
        return {NoPair(rule, "no-date")}
    own = [one for one in known if same_patient(one.source.patient, arrived.source.patient) and moment(one)]
    later = [arrived] if fits_later else []
    if fits_earlier:
        later += [one for one in own if rule.later.fits(one.source) and _days(arrived, one) > 0]
    return {_pair_for(rule, one, own) for one in later} or {NoPair(rule, "no-later-scan")}


def moment(member: Member) -> datetime | None:
    """When a series was acquired, as exactly as it is known."""
    digits = member.summary.acquired[:14]
    for form in ("%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d%H", "%Y%m%d"):
        try:
            return datetime.strptime(digits, form)
        except ValueError:
            continue
    return None


def _pair_for(rule: Rule, later: Member, own: Sequence[Member]) -> Pair | NoPair:
    """The best pair of the study of `later` and the newest study before it."""
    before = [one for one in own if rule.earlier.fits(one.source) and 0 < _days(one, later) <= rule.within_days]
    if not before:
        return NoPair(rule, "no-earlier-scan")
    newest = min(before, key=lambda one: _days(one, later))
    earlier = [one for one in before if one.source.study_uid == newest.source.study_uid]
    together = [
        one
        for one in (*own, later)
        if one.source.study_uid == later.source.study_uid and rule.later.fits(one.source) and _days(newest, one) > 0
    ]
    return _clear(rule, earlier, together)


def _clear(rule: Rule, earlier: Sequence[Member], later: Sequence[Member]) -> Pair | NoPair:
    sides = [{one.summary.name: one for one in side} for side in (earlier, later)]
    ranking = rank(*([one.summary for one in side.values()] for side in sides))
    if not ranking.candidates:
        return NoPair(rule, "no-pair")
    if ranking.ambiguous:
        return NoPair(rule, "ambiguous")
    return _pair(rule, ranking.candidates[0], sides)


def _pair(rule: Rule, best: Candidate, sides: Sequence[dict[str, Member]]) -> Pair:
    one, other = sides[0][best.fixed.name].record.id, sides[1][best.moving.name].record.id
    return Pair(rule, one, other) if rule.fixed == "earlier" else Pair(rule, other, one)


def _days(one: Member, other: Member) -> float:
    """From one to the other."""
    start, end = moment(one), moment(other)
    assert start
    assert end
    return (end - start) / timedelta(days=1)
