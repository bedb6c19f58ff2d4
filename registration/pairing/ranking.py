"""Summaries of the series of two studies -> candidate pairs, best first, with reasons; and whether one is clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from registration.pairing.likeness import likeness
from registration.pairing.patients import same_patient
from registration.pairing.reasons import Reason, score
from registration.pairing.suitability import excluded, suitability
from registration.pairing.summary import SeriesSummary

MARGIN = 0.1
"""The best is clear when the second best has less than 1 - MARGIN of its score."""


class Flag(StrEnum):
    """What a person has to confirm before a pair is registered that was chosen here."""

    DIFFERENT_PATIENTS = "different-patients"
    UNKNOWN_PATIENT = "unknown-patient"
    DIFFERENT_FRAMES = "different-frames-of-reference"
    DIFFERENT_MODALITY = "different-modality"


@dataclass(frozen=True)
class Candidate:
    """Two series that could be registered: `score` in (0, 1], the product of the factors of `reasons`."""

    fixed: SeriesSummary
    moving: SeriesSummary
    score: float
    reasons: tuple[Reason, ...]
    flags: tuple[Flag, ...]


@dataclass(frozen=True)
class LeftOut:
    """A series that is in no candidate, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Ranking:
    """Candidates, best first; `ambiguous` when the second is about as good as the first."""

    candidates: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def ambiguous(self) -> bool:
        """Whether the best two are closer than the margin."""
        best = [candidate.score for candidate in self.candidates[:2]]
        return len(best) == 2 and best[1] > (1 - MARGIN) * best[0]


def rank(fixed: Sequence[SeriesSummary], moving: Sequence[SeriesSummary]) -> Ranking:
    """Every pair of a series of `fixed` and another one of `moving`. Of two series that are in both lists (one study
    with both scans) the one acquired first is fixed; where that is not known, both ways are candidates."""
    reasons = {series.name: excluded(series) for series in (*fixed, *moving)}
    both = {series.name for series in fixed} & {series.name for series in moving}
    pairs = [
        (one, other)
        for one in fixed
        for other in moving
        if one.name != other.name and not reasons[one.name] and not reasons[other.name]
        if not ({one.name, other.name} <= both and one.acquired > other.acquired and other.acquired)
    ]
    candidates = sorted((candidate_of(*pair) for pair in pairs), key=lambda candidate: -candidate.score)
    return Ranking(tuple(candidates), tuple(LeftOut(name, reason) for name, reason in reasons.items() if reason))


def candidate_of(fixed: SeriesSummary, moving: SeriesSummary) -> Candidate:
    """One pair, judged."""
    reasons = (*suitability(fixed, "fixed"), *suitability(moving, "moving"), *likeness(fixed, moving))
    return Candidate(fixed, moving, round(score(reasons), 4), reasons, flags_of(fixed, moving))


def flags_of(fixed: SeriesSummary, moving: SeriesSummary) -> tuple[Flag, ...]:
    """What has to be confirmed of a pair. A frame of reference or modality that is not known differs from none."""
    same = same_patient(fixed.patient, moving.patient)
    raised = {
        Flag.DIFFERENT_PATIENTS: same is False,
        Flag.UNKNOWN_PATIENT: same is None,
        Flag.DIFFERENT_FRAMES: _differ(fixed.frame_of_reference_uid, moving.frame_of_reference_uid),
        Flag.DIFFERENT_MODALITY: _differ(fixed.modality, moving.modality),
    }
    return tuple(flag for flag, there in raised.items() if there)


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)
