"""A receiver on a free port over ports in dictionaries, series to send it, and one who sends."""

import tempfile
import time
from dataclasses import dataclass

import pynetdicom._config
import pytest
from pydicom.uid import generate_uid
from pynetdicom import AE

from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.adapters.memory import MemoryJobs, MemoryLeases, MemoryQueue
from jobs.ports import Kind, Ports
from jobs.series import DOCUMENT, read_record
from receiver.exporting import Exporter
from receiver.inbox import Inbox
from receiver.publishing import Publisher
from receiver.scp import Receiver
from receiver.settings import ReceiverSettings
from receiver.starting import Starter
from registration.geometry import Grid
from tests.builders.dicom import ct_series

GRID = Grid((24, 20, 12), (1.5, 1.5, 2.0), (-10.0, 5.0, 100.0))


@pytest.fixture
def ports(tmp_path):
    leases = MemoryLeases()
    return Ports(MemoryJobs(), DiskArtefacts(tmp_path / "data"), MemoryQueue(), leases, leases)


@dataclass
class Running:
    """A receiver and what it works with."""

    ports: Ports
    inbox: Inbox
    receiver: Receiver
    publisher: Publisher
    exporter: Exporter
    port: int

    def round(self):
        """Publish what is whole now."""
        return self.publisher.round(self.receiver.bringing())

    def kept(self):
        """The stored series."""
        names = self.ports.artefacts.names(Kind.SERIES)
        return [read_record(self.ports.artefacts.file(Kind.SERIES, name, DOCUMENT)) for name in names]

    def outcomes(self):
        """What became of every series in the inbox."""
        return [self.inbox.done(key) for key in self.inbox.keys()]  # noqa: SIM118 not a dictionary

    def associate(self, *, calling="SCANNER", called="KERNELREG", classes=None):
        """An association of a sender; the contexts that it asks for are those of what it has to send."""
        entity = AE(ae_title=calling)
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 10
        for class_uid, syntaxes in (classes or {"1.2.840.10008.5.1.4.1.1.2": ["1.2.840.10008.1.2.1"]}).items():
            entity.add_requested_context(class_uid, syntaxes)
        entity.add_requested_context("1.2.840.10008.1.1")
        return entity.associate("127.0.0.1", self.port, ae_title=called)

    def send(self, datasets, **who):
        """The status of each instance."""
        association = self.associate(**who)
        assert association.is_established
        found = [association.send_c_store(one).get("Status") for one in datasets]
        association.release()
        wait_until(lambda: not self.receiver.bringing())
        return found


@pytest.fixture
def run(ports, tmp_path, monkeypatch):
    """Start a receiver with settings of its own; a series is whole as soon as its association has ended."""
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(pynetdicom._config, "STORE_RECV_CHUNKED_DATASET", False)
    started = []

    def run(rules=(), **settings):
        chosen = {"data_dir": tmp_path / "data", "redis_url": "", "port": 0, "quiet_s": 0, "reserve_bytes": 0}
        settings = ReceiverSettings(**(chosen | settings))
        inbox = Inbox(settings)
        receiver = Receiver(settings, inbox)
        exporter = Exporter(settings.inbox / "exports", ports, settings.archives)
        publisher = Publisher(settings, inbox, ports, Starter(ports, tuple(rules), exporter).arrived)
        started.append(receiver)
        return Running(ports, inbox, receiver, publisher, exporter, receiver.start())

    yield run
    for receiver in started:
        receiver.stop()


def series(study="study", name="series", *, slices=GRID.size[2], date="20200101", patient="PATIENT-1", seed=0, **told):
    """A CT series of a patient's study; what is told replaces attributes of every slice."""
    grid = Grid((*GRID.size[:2], slices), GRID.spacing_mm, GRID.origin_mm)
    made = ct_series(grid, series_uid=generate_uid(entropy_srcs=["receiver", study, name]), seed=seed)
    for one in made:
        one.StudyInstanceUID = generate_uid(entropy_srcs=["receiver", study])
        one.StudyDescription, one.SeriesDescription = study, name
        one.PatientID, one.AcquisitionDate, one.SliceThickness = patient, date, 2.0
        for keyword, value in told.items():
            setattr(one, keyword, value)
    return made


def wait_until(there, seconds=10.0):
    """Until something holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.01)
