"""The one table from error code to HTTP status, and the family of what the front door itself objects to."""

from __future__ import annotations

from jobs.errors import CODES as JOB_CODES
from pacs.errors import CODES as PACS_CODES
from registration.errors import CODES as METHOD_CODES

SERVICE_CODES: dict[str, str] = {
    "path-not-found": "There is nothing at this path",
    "method-not-allowed": "This path does not answer to this method",
    "body-unreadable": "The body is no JSON or no well-formed multipart",
    "validation-failed": "The request does not have the expected form",
    "not-acceptable": "The resource does not exist in the accepted formats",
    "body-too-large": "The body is larger than the service accepts",
    "too-many-files": "The upload has more files than the service accepts",
    "upload-missing": "The upload holds no file",
    "upload-interrupted": "The upload ended before its last byte",
    "uploads-busy": "Too many uploads at the same time",
    "media-type-unsupported": "The service does not take bodies of this media type",
    "precondition-required": "The request must name the revision it changes",
    "queue-full": "Too many registrations are waiting",
    "series-in-use": "A registration that is not finished reads this series",
    "study-not-found": "There is no series of this study",
    "pair-not-found": "The studies hold no two series that could be registered",
    "pair-ambiguous": "Several pairs of series suit about equally well",
    "unauthorized": "An API key is needed",
    "host-not-allowed": "The service does not answer to this host name",
    "client-error": "The request cannot be answered",
}
TITLES: dict[str, str] = METHOD_CODES | JOB_CODES | PACS_CODES | SERVICE_CODES
"""Every code a client can meet, with its one-line title."""

UNPROCESSABLE = 422
STATUS: dict[str, int] = dict.fromkeys(METHOD_CODES, UNPROCESSABLE) | {
    "scan-not-found": 404,
    "scan-unreadable": 415,
    "archive-unsafe": 413,
    "correspondences-contradict": 409,
    "cancelled": 409,
    "result-unreadable": 500,
    "no-dicom-source": 409,
    "weights-invalid": 500,
    "weights-missing": 500,
    "detector-not-installed": 500,
    "registration-not-found": 404,
    "series-not-found": 404,
    "study-not-found": 404,
    "pair-not-found": 422,
    "pair-ambiguous": 409,
    "pair-unconfirmed": 409,
    "pacs-unknown": 422,
    "pacs-unreachable": 503,
    "pacs-refused": 502,
    "pacs-answer-invalid": 502,
    "pacs-series-not-found": 404,
    "pacs-series-too-large": 413,
    "pacs-cannot": 422,
    "export-not-found": 404,
    "revision-not-found": 404,
    "box-outside-field": 422,
    "registration-not-finished": 409,
    "registration-failed": 409,
    "illegal-move": 409,
    "revision-stale": 412,
    "idempotency-key-reused": 422,
    "claim-lost": 409,
    "job-too-long": 500,
    "worker-lost": 500,
    "worker-busy": 503,
    "model-server-unavailable": 503,
    "model-mismatch": 500,
    "model-failed": 500,
    "store-unavailable": 503,
    "storage-full": 507,
    "artefact-damaged": 500,
    "internal": 500,
    "path-not-found": 404,
    "method-not-allowed": 405,
    "body-unreadable": 400,
    "validation-failed": 422,
    "not-acceptable": 406,
    "body-too-large": 413,
    "too-many-files": 413,
    "upload-missing": 422,
    "upload-interrupted": 400,
    "uploads-busy": 429,
    "media-type-unsupported": 415,
    "precondition-required": 428,
    "queue-full": 503,
    "series-in-use": 409,
    "unauthorized": 401,
    "host-not-allowed": 421,
    "client-error": 400,
}
"""Code -> status. What is not listed of the method's codes is 422: a well-formed request about unusable content."""

RETRY_AFTER_S: dict[str, int] = {
    "worker-busy": 2,
    "store-unavailable": 2,
    "queue-full": 30,
    "uploads-busy": 5,
    "storage-full": 300,
    "pacs-unreachable": 30,
}
CODE_OF_STATUS: dict[int, str] = {
    404: "path-not-found",
    405: "method-not-allowed",
    400: "body-unreadable",
    413: "body-too-large",
}
"""How refusals of the web framework are called here."""


class ServiceError(Exception):
    """An objection of the front door: `code` from the table, a full message, named details."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        assert code in SERVICE_CODES, code
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details
