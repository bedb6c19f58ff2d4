"""DICOMweb of one archive (PS3.18): search it (QIDO-RS), fetch a series (WADO-RS), store instances (STOW-RS)."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from pydicom.dataset import Dataset

from pacs import receipt
from pacs.connection import answering, body, connect, require_status
from pacs.errors import PacsError
from pacs.multipart import Body, Parts, too_large
from pacs.outcomes import Instance, Outcome, Status
from pacs.settings import Archive

UID = re.compile(r"[0-9.]{1,64}")
PAGE = 500
MOST_FOUND = 20_000
MOST_BYTES = 64 * 2**20
"""Of one page of search results."""
BATCH_BYTES = 32 * 2**20
INSTANCES = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}
"""Instances as the archive keeps them: nothing is transcoded, and the same series is the same bytes again."""
ACCEPT = {"Accept": "application/dicom+json"}
NOTHING = (httpx.codes.NO_CONTENT, httpx.codes.NOT_FOUND)


Landed = Callable[[int], None]


@dataclass(frozen=True)
class FetchLimits:
    """How much one series may be."""

    bytes: int = 4 * 2**30
    instances: int = 10_000


class DicomWeb:
    """One archive, connected: `with DicomWeb(archive) as web: web.search_series(study_uid)`. Everything raises
    PacsError."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._client = connect(archive)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def search_studies(self, match: Mapping[str, str], most: int = MOST_FOUND) -> list[Dataset]:
        """Studies whose attributes (keyword -> value, `*` and ranges as in QIDO-RS) match."""
        return self._search("studies", "StudyInstanceUID", match, most)

    def search_series(self, study_uid: str, match: Mapping[str, str] | None = None) -> list[Dataset]:
        """The series of a study, each with modality, description and number of instances as far as it is known."""
        return self._search(f"studies/{checked(study_uid)}/series", "SeriesInstanceUID", match or {}, MOST_FOUND)

    def search_instances(self, study_uid: str, series_uid: str) -> list[Dataset]:
        """The instances of a series; empty when the archive does not hold it."""
        path = f"studies/{checked(study_uid)}/series/{checked(series_uid)}/instances"
        return self._search(path, "SOPInstanceUID", {}, MOST_FOUND)

    def sample(self, study_uid: str, series_uid: str) -> list[Dataset]:
        """The header of one instance of a series (WADO-RS metadata); empty when the archive does not hold it."""
        path = f"studies/{checked(study_uid)}/series/{checked(series_uid)}/instances"
        first = self._search(path, "SOPInstanceUID", {}, 1)
        if not first:
            return []
        url = self._url(self._archive.wado, f"{path}/{checked(str(first[0].SOPInstanceUID))}/metadata")
        with answering(self._client, self._client.build_request("GET", url, headers=ACCEPT)) as response:
            require_status(response, httpx.codes.OK)
            return datasets(body(response, MOST_BYTES))[:1]

    def fetch_series(
        self, study_uid: str, series_uid: str, folder: Path, limits: FetchLimits, landed: Landed = lambda _: None
    ) -> list[Path]:
        """Every instance of a series as a file of the folder, as the archive keeps it; `landed` is told how many have
        arrived, and may raise to stop. Raises `pacs-series-not-found`, `pacs-series-too-large`; `pacs-answer-invalid`
        when it breaks off."""
        url = self._url(self._archive.wado, f"studies/{checked(study_uid)}/series/{checked(series_uid)}")
        with answering(self._client, self._client.build_request("GET", url, headers=INSTANCES)) as response:
            if response.status_code in NOTHING:
                raise PacsError("pacs-series-not-found", "The archive holds no such series.")
            require_status(response, httpx.codes.OK, httpx.codes.PARTIAL_CONTENT)
            return received(response, folder, limits, landed)

    def store(self, batch: Sequence[Instance]) -> list[Outcome]:
        """Send instances in one request; what became of each. An archive that refuses the whole for the sake of one is
        sent them in halves. `batches` keeps requests small."""
        status, answer = self._post(batch)
        if status not in receipt.WHOLE_REFUSED:
            return receipt.outcomes(batch, status, answer)
        if len(batch) == 1:
            return [Outcome(batch[0], Status.FAILED, receipt.CANNOT_UNDERSTAND)]
        middle = len(batch) // 2
        return self.store(batch[:middle]) + self.store(batch[middle:])

    def _post(self, batch: Sequence[Instance]) -> tuple[int, Dataset]:
        sending = Body([one.path for one in batch])
        headers = {"Content-Type": sending.media_type, "Content-Length": str(sending.length), **ACCEPT}
        url = self._url(self._archive.stow, "studies")
        request = self._client.build_request("POST", url, content=iter(sending), headers=headers)
        with answering(self._client, request) as response:
            if response.status_code in receipt.WHOLE_REFUSED:
                return response.status_code, Dataset()
            require_status(response, *receipt.TOLD)
            answer = datasets(body(response, MOST_BYTES))
        return response.status_code, answer[0] if answer else Dataset()

    def ping(self) -> None:
        """Raises when the archive does not answer a search."""
        self._page("studies", {}, offset=0, limit=1)

    def _search(self, path: str, key: str, match: Mapping[str, str], most: int) -> list[Dataset]:
        """Every result of a search, page by page, each once; ends also where an archive ignores the offset."""
        found: dict[str, Dataset] = {}
        while len(found) < most:
            before = len(found)
            page, more = self._page(path, match, offset=before, limit=min(PAGE, most - before))
            found |= {str(one[key].value): one for one in page if key in one}
            if len(found) == before or not more:
                break
        return list(found.values())[:most]

    def _page(self, path: str, match: Mapping[str, str], *, offset: int, limit: int) -> tuple[list[Dataset], bool]:
        """One page of results, and whether there may be another one."""
        asked = {**match, "limit": str(limit), "offset": str(offset)}
        request = self._client.build_request("GET", self._url(self._archive.qido, path), params=asked, headers=ACCEPT)
        with answering(self._client, request) as response:
            if response.status_code in NOTHING:
                return [], False
            require_status(response, httpx.codes.OK)
            page = datasets(body(response, MOST_BYTES))
            capped = response.headers.get("warning", "").startswith("299")  # PS3.18 8.3.4.4: more than were sent
        return page, len(page) >= limit or capped

    def _url(self, prefix: str, path: str) -> str:
        return "/".join(part for part in (self._archive.dicomweb, prefix.strip("/"), path) if part)


def received(response: httpx.Response, folder: Path, limits: FetchLimits, landed: Landed) -> list[Path]:
    """The parts of an answer as files."""
    parts = Parts(
        response.headers.get("content-type", ""),
        folder,
        most=limits.instances,
        landed=lambda _: landed(len(parts.files)),
    )
    total = 0
    try:
        for chunk in response.iter_bytes():
            total += len(chunk)
            if total > limits.bytes:
                raise too_large(f"{limits.bytes} bytes")
            parts.feed(chunk)
        parts.finish()
    finally:
        parts.close()
    return parts.files


def batches(instances: Sequence[Instance], most_bytes: int = BATCH_BYTES) -> Iterator[list[Instance]]:
    """Instances in groups of at most so many bytes, and at least one instance."""
    batch: list[Instance] = []
    for one in instances:
        if batch and sum(other.bytes for other in batch) + one.bytes > most_bytes:
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def checked(uid: str) -> str:
    """A UID that may stand in a path; raises `pacs-series-not-found`, for nothing has any other name."""
    if not UID.fullmatch(uid):
        raise PacsError("pacs-series-not-found", "A UID is made of at most 64 digits and dots.")
    return uid


def datasets(text: bytes) -> list[Dataset]:
    """DICOM JSON (PS3.18 Annex F) -> datasets; raises `pacs-answer-invalid`."""
    try:
        found = json.loads(text) if text.strip() else []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd values of attributes that nobody looks at
            return [Dataset.from_json(one) for one in (found if isinstance(found, list) else [found])]
    except Exception as error:  # whatever a reader of foreign JSON can stumble over
        raise PacsError("pacs-answer-invalid", "The archive's answer is no DICOM JSON.") from error
