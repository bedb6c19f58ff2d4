"""What an archive, or the way to it, can object to: one family, every member with a stable code."""

from __future__ import annotations

CODES: dict[str, str] = {
    "pacs-unknown": "No archive of this name is configured",
    "pacs-unreachable": "The archive does not answer",
    "pacs-refused": "The archive refuses what it is asked",
    "pacs-answer-invalid": "The archive's answer is incomplete or malformed",
    "pacs-series-not-found": "The archive holds no series of these identifiers",
    "pacs-series-too-large": "The series in the archive is larger than may be fetched",
    "pacs-cannot": "The archive is not configured for this",
}
"""Every code of the archives, with the one-line title that clients see. Codes never change meaning."""

PASSING = frozenset({"pacs-unreachable", "pacs-answer-invalid"})
"""Codes of what another try, later, may not meet again."""


class PacsError(Exception):
    """An objection: `code` from `CODES`, a message without addresses, secrets and patient data, named details."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        assert code in CODES, code
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details

    @property
    def passing(self) -> bool:
        """Whether trying again later may help."""
        return self.code in PASSING


class PacsSettingsError(Exception):
    """A configuration with which nothing must start; the message is for the operator."""
