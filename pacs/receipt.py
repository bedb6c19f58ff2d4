"""A STOW-RS answer becomes one outcome per instance (PS3.18 10.5.3, table I.2)."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.dataset import Dataset

from pacs.outcomes import DUPLICATE, NO_WORD, Instance, Outcome, Status

ALL_STORED = 200
TOLD = (ALL_STORED, 202, 409)
"""Statuses with an answer that names instances: all, some, none of them stored."""
WHOLE_REFUSED = (400, 413, 415)
"""Statuses of a request of which nothing was stored, because of one instance or of its size."""
CANNOT_UNDERSTAND = 0xC000


def outcomes(sent: Sequence[Instance], status: int, answer: Dataset) -> list[Outcome]:
    """What the answer says of each instance; of one that it does not name, what its status says of all."""
    stored = {str(one.get("ReferencedSOPInstanceUID", "")) for one in answer.get("ReferencedSOPSequence") or []}
    failed = {
        str(one.get("ReferencedSOPInstanceUID", "")): int(one.get("FailureReason") or NO_WORD)
        for one in answer.get("FailedSOPSequence") or []
    }
    return [_outcome(one, status, stored, failed) for one in sent]


def _outcome(one: Instance, status: int, stored: set[str], failed: dict[str, int]) -> Outcome:
    if one.instance_uid in failed:
        reason = failed[one.instance_uid]
        return Outcome(one, Status.ALREADY if reason == DUPLICATE else Status.FAILED, reason)
    if one.instance_uid in stored or (status == ALL_STORED and not failed):
        return Outcome(one, Status.STORED)
    return Outcome(one, Status.FAILED, NO_WORD)
