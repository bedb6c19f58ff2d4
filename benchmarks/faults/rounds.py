"""One round: start jobs, kill a part at a random moment, wait until everything has ended, compare with the promises."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from benchmarks.faults.target import Target
from benchmarks.faults.witness import LostError, Witness

JOBS = 2
"""Registrations started in a round."""


@dataclass
class Tally:
    """What happened over the rounds of one victim."""

    kills: int = 0
    states: Counter[str] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)
    edits: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    """From the kill until every accepted job had ended and the set was ready again."""
    broken: list[str] = field(default_factory=list)
    """Promises that were not kept."""


@dataclass
class Stage:
    """What every round shares: the set, the client, the uploaded pair, a finished job to click on, its right field."""

    target: Target
    witness: Witness
    pair: dict[str, str]
    place: str
    click: dict[str, Any]
    right: str
    job_s: float
    chance: random.Random


def play(stage: Stage, victim: str, number: int, tally: Tally) -> None:
    """One round; whatever is not as promised goes to the tally."""
    try:
        places = [stage.witness.start(stage.pair, f"{victim}-{number}-{one}") for one in range(JOBS)]
        stage_click = stage.click | {"id": f"{victim}-{number}"}
        time.sleep(stage.chance.uniform(0, JOBS * stage.job_s))
        tally.kills += stage.target.kill(victim)
        killed = time.monotonic()
        outcome = stage.witness.click(stage.place, stage_click)
        jobs = [stage.witness.ended(place) for place in places]
        stage.witness.insist("GET", "/readyz")
        tally.seconds.append(time.monotonic() - killed)
        for place, job in zip(places, jobs, strict=True):
            _compare(stage, place, job, tally)
        _compare_edit(stage, stage_click["id"], outcome, tally)
    except LostError as error:
        tally.broken.append(f"{victim} {number}: {error}")


def _compare(stage: Stage, place: str, job: dict[str, Any], tally: Tally) -> None:
    """Ended as promised: with the one right result, or with a reason; and once, however often it was begun."""
    tally.states[
        job["state"] if job["state"] == "succeeded" else f"{job['state']}: {(job['error'] or {}).get('code')}"
    ] += 1
    tally.attempts[job["attempts"]] += 1
    if job["state"] == "failed" and not job["error"]:
        raise LostError(f"{place} failed without a reason")
    if job["state"] == "succeeded":
        if stage.witness.field(place) != stage.right:
            raise LostError(f"{place} has another field than the same registration undisturbed")
        revisions = stage.witness.insist("GET", f"{place}/revisions").json()["items"]
        if len(revisions) != 1:
            raise LostError(f"{place} has {len(revisions)} results")


def _compare_edit(stage: Stage, name: str, outcome: str, tally: Tally) -> None:
    """An edit that was told made is there once; one that was refused is not; of an unclear one either is right."""
    tally.edits[outcome] += 1
    there = stage.witness.clicked(stage.place).count(name)
    if (outcome == "made" and there != 1) or there > 1 or (outcome not in ("made", "unclear") and there):
        raise LostError(f"the edit {name} was {outcome}, and is there {there} times")
