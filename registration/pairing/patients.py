"""Patient identifiers of two scans -> whether they belong to one patient; the identifiers are compared, never shown."""

from __future__ import annotations

Patient = tuple[str, str]
"""PatientID and its issuer, each empty where it is not known (`DicomSource.patient`)."""


def same_patient(one: Patient, other: Patient) -> bool | None:
    """Whether two scans are of one patient; None where a PatientID is not known. An unknown issuer is any issuer."""
    (one_id, one_issuer), (other_id, other_issuer) = _trimmed(one), _trimmed(other)
    if not one_id or not other_id:
        return None
    issuers_agree = not one_issuer or not other_issuer or one_issuer == other_issuer
    return one_id == other_id and issuers_agree


def _trimmed(patient: Patient) -> Patient:
    return patient[0].strip(), patient[1].strip()
