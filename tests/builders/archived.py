"""The shifted pair as DICOM, put into a real Orthanc; a PACS of our own that says what a test wants."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from pynetdicom import AE, evt

from jobs.model import PacsSeries
from pacs.outcomes import instance_of
from pacs.sending import send
from pacs.settings import Archive
from registration.dicom import SeriesIdentity, write_dicom_series
from registration.geometry import Grid
from registration.volume import Volume
from tests.builders.orthanc import free_port
from tests.builders.shifted import FIXED, MOVING, texture

STUDIES = {side: generate_uid(entropy_srcs=["study", side]) for side in ("fixed", "moving")}


def uid(side: str) -> str:
    """SeriesInstanceUID of one of the two scans."""
    return generate_uid(entropy_srcs=["shifted", side])


def reference(side: str, pacs: str = "main") -> PacsSeries:
    """How a job names it."""
    return PacsSeries(pacs=pacs, study=STUDIES[side], series=uid(side))


def write_scan(folder: Path, side: str, scan: Grid | Volume) -> list[Path]:
    """One CT series: a scan, or the texture on a grid."""
    volume = scan if isinstance(scan, Volume) else Volume(texture().astype("float32"), scan)
    frame = generate_uid(entropy_srcs=[side])
    return write_dicom_series(volume, folder, SeriesIdentity(STUDIES[side], uid(side), frame, "Phantom", "P1", side))


def store_pair(archive: Archive, folder: Path, via: str = "stow") -> None:
    """Both scans into the archive."""
    files = [
        file for side, grid in (("fixed", FIXED), ("moving", MOVING)) for file in write_scan(folder / side, side, grid)
    ]
    told = list(send(archive, via, [instance_of(file) for file in files]))
    assert {one.status for one in told} == {"stored"}


@dataclass
class OddPacs:
    """A storage SCP that answers each instance with the status that `say` gives for its SOP class and attempt."""

    archive: Archive
    attempts: dict[str, int] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)


@contextmanager
def odd_pacs(classes: list[str], say: Callable[[str, int], int]) -> Iterator[OddPacs]:
    """A DIMSE server for these SOP classes on a free port of loopback."""
    archive = Archive(name="odd", dimse=f"ODD@127.0.0.1:{free_port()}")
    found = OddPacs(archive)

    def store(event: evt.Event) -> int:
        instance, kind = event.request.AffectedSOPInstanceUID, event.request.AffectedSOPClassUID
        found.attempts[instance] = found.attempts.get(instance, 0) + 1
        status = say(kind, found.attempts[instance])
        if status == 0:
            found.kept.add(instance)
        return status

    server = AE("ODD")
    for kind in classes:
        server.add_supported_context(kind, ExplicitVRLittleEndian)
    running = server.start_server(
        ("127.0.0.1", archive.dimse.port), block=False, evt_handlers=[(evt.EVT_C_STORE, store)]
    )
    try:
        yield found
    finally:
        running.shutdown()
