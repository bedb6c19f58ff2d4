"""A client's promise that two requests are one, and what keeping it means."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from jobs.errors import JobError, NotFoundError

DAY_S = 86_400


@dataclass(frozen=True)
class Idempotency:
    """The key as it is stored, a digest of the request that came with it, and for how long it is kept, in seconds; None
    keeps it as long as the job."""

    key: str
    digest: str
    lifetime_s: int | None = DAY_S


class KnownRequest(BaseModel):
    """What a stored key stands for."""

    digest: str
    job_id: str


def same_request(known: KnownRequest, idempotency: Idempotency) -> str:
    """The job that the key already made; raises `idempotency-key-reused` when the request differs."""
    if known.digest != idempotency.digest:
        raise JobError(
            "idempotency-key-reused", "This Idempotency-Key came with another request before; use a new key."
        )
    return known.job_id


def unknown_job() -> NotFoundError:
    """No record of this identifier."""
    return NotFoundError("registration-not-found", "No registration has this identifier; it may have been purged.")
