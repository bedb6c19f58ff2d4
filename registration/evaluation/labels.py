"""The label maps of a case become structures, one for each label, with a name for tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registration.evaluation.cases import Case
from registration.metrics.overlap import Mask, labels_in
from registration.metrics.undefined import UndefinedError
from registration.volume import Volume

Pulled = Callable[[Volume], NDArray[np.float32]]


@dataclass(frozen=True)
class Structure:
    """One label: its masks (z, y, x) in the fixed scan and in the moving scan pulled onto it."""

    name: str
    fixed: Mask
    pulled: Mask
    in_moving: bool

    def masks(self) -> tuple[Mask, Mask]:
        """Both masks. Raises UndefinedError when one of the scans lacks the label."""
        if not (self.in_moving and self.fixed.any()):
            raise UndefinedError(f"The label is absent from the {'fixed' if self.in_moving else 'moving'} scan.")
        return self.fixed, self.pulled


def structures(case: Case, pulled: Pulled) -> Iterator[Structure]:
    """Every label of every map. pulled: a moving label map -> its values (z, y, x) on the fixed grid."""
    for name, (fixed, moving) in case.label_maps.items():
        labels, warped = labels_in(fixed.values, moving.values), pulled(moving)
        for label in labels:
            masks = np.asarray(fixed.values == label), np.asarray(warped == label)
            yield Structure(name if labels == (1,) else f"{name} {label}", *masks, bool((moving.values == label).any()))


def labelled(maps: Mapping[str, tuple[Volume, Volume]]) -> Mask | None:
    """Where the fixed scan has a label of any map (z, y, x); None without maps."""
    return np.any([fixed.values > 0 for fixed, _ in maps.values()], axis=0) if maps else None
