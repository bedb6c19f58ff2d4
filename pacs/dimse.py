"""DIMSE with one archive (PS3.7): whether it answers (C-ECHO), and instances sent to it one by one (C-STORE)."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext, build_context
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from pacs.errors import PacsError
from pacs.outcomes import DUPLICATE, NO_WORD, Instance, Outcome, Status
from pacs.settings import Archive, Peer

UNCOMPRESSED = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
SUCCESS, WARNINGS = 0x0000, range(0xB000, 0xC000)
NO_CONTEXT = 0x0122
"""SOP class not supported (PS3.7 C.5.15): the archive accepted none of the transfer syntaxes that were offered."""
TRANSIENT = 2
"""Result of a rejection that may pass (PS3.8 9.3.4)."""


def ping(archive: Archive) -> None:
    """C-ECHO. Raises PacsError when the archive does not answer, or not us."""
    with associated(archive, [build_context(Verification)]) as association:
        require_answer(association.send_c_echo())


def store(archive: Archive, instances: Sequence[Instance]) -> Iterator[Outcome]:
    """Send instances over one association, one outcome after the other. Raises PacsError when the way breaks off; what
    was told until then holds."""
    with associated(archive, contexts(instances)) as association:
        for one in instances:
            yield sent(association, one)


def sent(association: Association, one: Instance) -> Outcome:
    """One C-STORE."""
    try:
        answer = association.send_c_store(one.path)
    except ValueError:  # no presentation context, or the dataset cannot be encoded in the accepted one
        return Outcome(one, Status.FAILED, NO_CONTEXT)
    except RuntimeError as error:
        raise lost() from error
    status = require_answer(answer)
    if status == SUCCESS or status in WARNINGS:
        return Outcome(one, Status.STORED, status or None)
    return Outcome(one, Status.ALREADY if status == DUPLICATE else Status.FAILED, status or NO_WORD)


def contexts(instances: Sequence[Instance]) -> list[PresentationContext]:
    """For every SOP class the syntax of its files, and where that is uncompressed each other uncompressed one."""
    pairs = {(one.class_uid, one.syntax_uid) for one in instances}
    pairs |= {(kind, other) for kind, syntax in pairs if syntax in UNCOMPRESSED for other in UNCOMPRESSED}
    return [build_context(kind, syntax) for kind, syntax in sorted(pairs)]


@contextmanager
def associated(archive: Archive, offered: list[PresentationContext]) -> Iterator[Association]:
    """An association with the archive, released afterwards, aborted on the way out of an error."""
    peer, ours, opened = required(archive), AE(archive.aet), list[socket.socket]()
    ours.connection_timeout = ours.acse_timeout = archive.connect_s
    ours.dimse_timeout = ours.network_timeout = archive.timeout_s
    association = ours.associate(
        peer.host, peer.port, offered, ae_title=peer.title, evt_handlers=[(evt.EVT_CONN_OPEN, on_open, [opened])]
    )
    try:
        if not association.is_established:
            raise refused(association)
        yield association
        association.release()
    except BaseException:
        association.abort()
        raise
    finally:
        for connection in opened:
            connection.close()  # pynetdicom leaves that out when the peer was first to hang up


def on_open(event: evt.Event, opened: list[socket.socket]) -> None:
    """Note the connection."""
    connection = event.assoc.dul.socket
    if connection and connection.socket:
        opened.append(connection.socket)


def required(archive: Archive) -> Peer:
    """The DIMSE end; raises `pacs-cannot`."""
    if archive.dimse is None:
        raise PacsError("pacs-cannot", f"The archive {archive.name} is not configured for DIMSE.")
    return archive.dimse


def require_answer(answer: Dataset) -> int:
    """The status of an answer; raises `pacs-unreachable` when there was none in time."""
    if "Status" not in answer:
        raise lost()
    return int(answer.Status)


def refused(association: Association) -> PacsError:
    """Why there is no association."""
    answer = association.acceptor.primitive
    if association.is_rejected and getattr(answer, "result", None) != TRANSIENT:
        return PacsError("pacs-refused", "The archive rejects the association; it may not know our title.")
    return lost()


def lost() -> PacsError:
    """The archive does not answer, or not any more."""
    return PacsError("pacs-unreachable", "The archive does not answer over DIMSE.")
