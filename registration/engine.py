"""What the method asks to be computed, wherever that happens: the two heavy pieces of work on a pair of scans.

Between them lie k-d trees, fold repair and everything else that is light or made for a processor. `TorchEngine` does
the work in this process; a worker may have it done by a model server.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from torch import Tensor

from registration.correspondences.match import Matched
from registration.field.finish import FinishSettings
from registration.keypoints.detect import Keypoints
from registration.sampling import ChannelMap
from registration.working import WorkingPair


class OpenPair(Protocol):
    """Two scans, at hand where the work is done."""

    def match(self, fixed: Keypoints, moving: Keypoints) -> Matched:
        """Where the keypoints of each scan lie in the other, both directions as one set."""

    def finish(self, start: ChannelMap, compared: Tensor, settings: FinishSettings) -> ChannelMap:
        """The field `start` (z, y, x, 3) mm, moved on to where the scans look alike, on its own lattice.

        compared: (z, y, x) bool on the fixed scan's grid, where to look.
        """


class Engine(Protocol):
    """Does the heavy work."""

    def open(self, pair: WorkingPair) -> AbstractContextManager[OpenPair]:
        """The pair, prepared; what it holds is let go on leaving."""
