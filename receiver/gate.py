"""Bytes of one association, bounded: no larger PDU, no larger instance. Who sends more is hung up on."""

from __future__ import annotations

import logging
import socket
from contextlib import suppress

from pynetdicom.transport import AssociationSocket

from jobs import journal

LARGEST_PDU = 2**17
"""What we announce."""
SLACK = 1024


class Gate:
    """In front of the socket of an association: to the library a bound that is crossed looks like a peer that left."""

    def __init__(self, door: AssociationSocket, instance_bytes: int) -> None:
        self._door, self._receive = door, door.recv
        self._most = instance_bytes
        self._taken = 0
        self._shut = False
        door.recv = self.recv  # type: ignore[method-assign]

    def recv(self, nr_bytes: int) -> bytearray:
        """The next bytes; none when there would be too many."""
        self._taken += nr_bytes
        if not self._shut and (nr_bytes > LARGEST_PDU + SLACK or self._taken > self._most):
            journal.record("association-ended", logging.WARNING, pdu_bytes=nr_bytes, instance_bytes=self._taken)
            self._shut = True
            with suppress(OSError):
                if self._door.socket:
                    self._door.socket.shutdown(socket.SHUT_RD)
        return bytearray() if self._shut else self._receive(nr_bytes)

    def instance_ended(self) -> None:
        """The next bytes belong to another instance."""
        self._taken = 0
