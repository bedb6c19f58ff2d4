"""Associations -> instances in the inbox: C-ECHO and C-STORE of CT and MR images (PS3.4 B), straight to disk."""

from __future__ import annotations

import errno
import logging
import tempfile
import warnings
from collections.abc import Collection
from pathlib import Path

import pydicom
import pynetdicom._config
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag
from pydicom.uid import (
    JPEG2000,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]
from pynetdicom.transport import ThreadedAssociationServer

from jobs import journal
from receiver.gate import LARGEST_PDU, Gate
from receiver.inbox import Inbox, InboxFullError
from receiver.settings import ReceiverSettings
from registration.dicom.header import CLASSES

SYNTAXES = [
    ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, JPEGLosslessSV1, JPEGLossless,
    JPEGLSLossless, JPEGLSNearLossless, JPEG2000Lossless, JPEG2000, RLELossless,
]  # fmt: skip
"""What the reader decodes. Deflated data is refused before it is sent: it can inflate a thousandfold."""
SUCCESS, NO_RESOURCES, WRONG_CLASS, NOT_UNDERSTOOD, MISMATCH = 0x0000, 0xA700, 0x0122, 0xC000, 0xA900
"""Statuses of C-STORE (PS3.4 B.2.3, PS3.7 C)."""
NAMING = ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"]
AFTER_NAMES = Tag(0x0020000F)
FULL = (errno.ENOSPC, errno.EDQUOT)


class Receiver:
    """Listens from `start` to `stop`."""

    def __init__(self, settings: ReceiverSettings, inbox: Inbox) -> None:
        self._settings, self._inbox = settings, inbox
        self._gates: dict[Association, Gate] = {}
        self._bringing: dict[Association, set[str]] = {}
        self._server: ThreadedAssociationServer | None = None

    def start(self) -> int:
        """Listen in threads of its own; the port. Files that arrive lie in the inbox from their first byte."""
        tempfile.tempdir = str(self._inbox.arriving)
        pynetdicom._config.STORE_RECV_CHUNKED_DATASET = True
        handlers: list[evt.EventHandlerType] = [
            (evt.EVT_CONN_OPEN, self._opened),
            (evt.EVT_CONN_CLOSE, self._closed),
            (evt.EVT_C_STORE, self._store),
        ]
        address = (self._settings.host, self._settings.port)
        server = entity(self._settings).start_server(address, block=False, evt_handlers=handlers)
        assert isinstance(server, ThreadedAssociationServer)
        assert server.socket
        self._server = server
        return int(server.socket.getsockname()[1])

    def stop(self) -> None:
        """End every association, and listen no more."""
        if self._server:
            self._server.ae.shutdown()

    def bringing(self) -> Collection[str]:
        """Series that an association which has not ended has brought instances of."""
        for association in [one for one in list(self._bringing) if not one.is_alive()]:
            self._bringing.pop(association, None)
        return set().union(*list(self._bringing.values()))

    def _opened(self, event: evt.Event) -> None:
        assert event.assoc.dul.socket
        self._gates[event.assoc] = Gate(event.assoc.dul.socket, self._settings.instance_bytes)

    def _closed(self, event: evt.Event) -> None:
        """What was received of an instance that broke off goes; the library would leave it where it is."""
        self._gates.pop(event.assoc, None)
        half = getattr(event.assoc.dimse.message, "_data_set_file", None)
        if half is not None:
            half.close()
            Path(half.name).unlink(missing_ok=True)

    def _store(self, event: evt.Event) -> int:
        """Keep one instance; its pixels are not looked at."""
        if gate := self._gates.get(event.assoc):
            gate.instance_ended()
        status = self._kept(event)
        if status != SUCCESS:
            journal.record("instance-refused", logging.WARNING, status=f"{status:04X}")
        return status

    def _kept(self, event: evt.Event) -> int:
        if event.request.AffectedSOPClassUID not in CLASSES:
            return WRONG_CLASS
        names = names_of(event.dataset_path)
        if names is None:
            return NOT_UNDERSTOOD
        if names.SOPClassUID != event.request.AffectedSOPClassUID:
            return MISMATCH
        uids = str(names.StudyInstanceUID), str(names.SeriesInstanceUID), str(names.SOPInstanceUID)
        try:
            key = self._inbox.take(event.dataset_path, *uids)
        except InboxFullError:
            return NO_RESOURCES
        except OSError as error:
            if error.errno not in FULL:
                raise
            return NO_RESOURCES
        self._bringing.setdefault(event.assoc, set()).add(key)
        return SUCCESS


def entity(settings: ReceiverSettings) -> AE:
    """Who we are, what we take and from whom."""
    found = AE(ae_title=settings.aet)
    found.require_called_aet = True
    found.require_calling_aet = sorted(settings.callers)
    found.maximum_associations = settings.associations
    found.maximum_pdu_size = LARGEST_PDU
    found.network_timeout = found.dimse_timeout = settings.idle_s
    found.acse_timeout = min(30.0, settings.idle_s)
    found.add_supported_context(Verification)
    for class_uid in CLASSES:
        found.add_supported_context(class_uid, SYNTAXES)
    return found


def names_of(file: Path) -> Dataset | None:
    """The identifiers of an instance, read no further than needed; None for what has none."""

    try:
        with file.open("rb") as stream, warnings.catch_warnings(action="ignore"):
            found = pydicom.filereader.read_partial(stream, _beyond, specific_tags=[Tag(name) for name in NAMING])
            return found if all(found.get(name) for name in NAMING) else None
    except Exception:  # whatever a damaged header makes of the reader
        return None


def _beyond(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return int(tag) >= int(AFTER_NAMES)
