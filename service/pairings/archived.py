"""A study in an archive -> summaries of its series, from what the archive answers to searches (QIDO-RS)."""

from __future__ import annotations

from typing import Any

from pacs.dicomweb import DicomWeb
from pacs.settings import Archive
from registration.pairing import SeriesSummary, summary_of
from registration.pairing.suitability import MODALITIES

SERIES_UID, MODALITY = "0020000E", "00080060"


def archived_series(archive: Archive, study_uid: str) -> list[SeriesSummary]:
    """The series of a study; none when the archive does not hold it. Of those with images one instance is asked for
    what answers about series leave out. Raises PacsError."""
    with DicomWeb(archive) as web:
        study = _merged(web.search_studies({"StudyInstanceUID": study_uid}, most=1))
        found = [study | one.to_json_dict() for one in web.search_series(study_uid)]
        return [_summary(web, study_uid, header) for header in found]


def _summary(web: DicomWeb, study_uid: str, header: dict[str, Any]) -> SeriesSummary:
    """One series, by its own answer and by that about its first instance."""
    series_uid = str(header[SERIES_UID]["Value"][0])
    if (header.get(MODALITY, {}).get("Value") or [""])[0] in MODALITIES:
        header = header | _merged(web.sample(study_uid, series_uid))
    return summary_of(series_uid, header)


def _merged(answers: list[Any]) -> dict[str, Any]:
    """What the first answer says; nothing without one. Attributes without a value say nothing."""
    first = answers[0].to_json_dict() if answers else {}
    return {tag: element for tag, element in first.items() if element.get("Value")}
