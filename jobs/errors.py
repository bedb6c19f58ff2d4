"""What the agreement can object to: one family, every member with a stable code, as in `registration.errors`."""

from __future__ import annotations

CODES: dict[str, str] = {
    "registration-not-found": "No registration has this identifier",
    "series-not-found": "No series has this identifier",
    "pair-unconfirmed": "The two scans differ in something that the request has to confirm",
    "export-not-found": "The registration has no export of this identifier",
    "revision-not-found": "The registration has no revision of this number",
    "box-outside-field": "The box holds no voxel of the field",
    "registration-not-finished": "The registration has no result yet",
    "registration-failed": "The registration failed and has no result",
    "illegal-move": "The registration cannot change its state that way",
    "revision-stale": "The registration was changed by someone else since this revision",
    "idempotency-key-reused": "The idempotency key was used for another request",
    "claim-lost": "Another worker has taken this registration up",
    "job-too-long": "The registration took longer than it may",
    "worker-lost": "The worker died on every attempt at this registration",
    "worker-busy": "The workers did not answer in time",
    "model-server-unavailable": "The model server does not answer",
    "model-mismatch": "The model server serves other models than the workers were made for",
    "model-failed": "The model server could not compute the registration",
    "store-unavailable": "The job store or the queue does not answer",
    "storage-full": "The storage is full",
    "artefact-damaged": "What the storage holds is not what was written",
    "internal": "Something went wrong inside the service",
}
"""Every code of the agreement, with the one-line title that clients see. Codes never change meaning."""


class JobError(Exception):
    """An objection of the agreement: `code` from `CODES`, a full message, named details."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        assert code in CODES, code
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


class NotFoundError(JobError):
    """No registration, series or revision has the identifier."""


class StoreUnavailableError(JobError):
    """The job store or the queue does not answer; trying again later may help."""

    def __init__(self, what: str) -> None:
        super().__init__("store-unavailable", f"The {what} does not answer.")
