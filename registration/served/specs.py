"""The served models as data: their tensors by name, type, shape, unit and meaning, and which module each one is.

Configurations, the README's table, the check at start-up and the client's requests all come from here. Names follow
the rule of Triton's pytorch backend, `name__position`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from registration.correspondences.match import GRAPH_NEIGHBOURS, STATISTICS
from registration.field.finish import FinishSettings
from registration.served.finish_field import FinishField
from registration.served.match_pair import MatchPair

Shape = tuple[int, ...]
VERSION = 1
"""Of every model: the folder that the server reads. A rolling upgrade may serve two, see the repository's README."""
DTYPES: Mapping[str, torch.dtype] = {
    "FP32": torch.float32,
    "FP64": torch.float64,
    "INT32": torch.int32,
    "BOOL": torch.bool,
}


@dataclass(frozen=True)
class TensorSpec:
    """One tensor at a model's door. shape: -1 where any size goes. like: a small shape, with which to warm up."""

    name: str
    dtype: str
    shape: Shape
    unit: str
    meaning: str
    like: Shape = ()


@dataclass(frozen=True)
class ServedModel:
    """A model by the name under which it is served. caller: what asks for it, and how often.

    warm_up: values of inputs that zeros would not do for, by name.
    """

    name: str
    module: Callable[[], nn.Module]
    caller: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    warm_up: Mapping[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = field(default_factory=dict)


SMALL, OTHER, NODES, POINTS = (20, 22, 24), (22, 20, 26), (11, 12, 13), 40
"""Shapes for warming up: two scans, the fixed one's nodes, keypoints."""
LATTICES = np.array([[[0.0, 0.0, 0.0], [2.0, 2.0, 2.0]]] * 2)
SETTINGS = np.array(FinishSettings(), np.float64)


def _keypoints(scan: str, first: int) -> tuple[TensorSpec, ...]:
    """The keypoints of one scan, from position `first` on."""
    pairs = (-1, -1), (POINTS, GRAPH_NEIGHBOURS)
    return (
        TensorSpec(f"{scan}_points__{first}", "FP32", (-1, 3), "mm", "keypoints (N, 3), fixed frame", (POINTS, 3)),
        TensorSpec(f"{scan}_response__{first + 1}", "FP32", (-1,), "", "the detector's response (N,)", (POINTS,)),
        TensorSpec(f"{scan}_neighbours__{first + 2}", "INT32", pairs[0], "", "nearest keypoints (N, K)", pairs[1]),
        TensorSpec(f"{scan}_distance__{first + 3}", "FP32", pairs[0], "mm", "their distance (N, K)", pairs[1]),
    )


_VOLUME = (-1, -1, -1)
_PAIR = (
    TensorSpec("fixed__0", "FP32", _VOLUME, "", "fixed working image (z, y, x), windowed to [0, 1]", SMALL),
    TensorSpec("moving__1", "FP32", _VOLUME, "", "moving working image, pre-aligned", OTHER),
    TensorSpec("lattices__2", "FP64", (2, 2, 3), "mm", "fixed, moving: first voxel and step (x, y, z)", (2, 2, 3)),
)
MATCH_PAIR = ServedModel(
    "match_pair",
    MatchPair,
    "`register`, stage matching: once per pair",
    (*_PAIR, *_keypoints("fixed", 3), *_keypoints("moving", 7)),
    (
        TensorSpec("there__0", "FP32", (-1, 3), "mm", "displacements of the fixed keypoints"),
        TensorSpec("there_statistics__1", "FP32", (-1, STATISTICS - 2), "", "what is known of each"),
        TensorSpec("back__2", "FP32", (-1, 3), "mm", "displacements of the moving keypoints"),
        TensorSpec("back_statistics__3", "FP32", (-1, STATISTICS - 2), "", "what is known of each"),
    ),
    {"lattices__2": LATTICES},
)
FINISH_FIELD = ServedModel(
    "finish_field",
    FinishField,
    "`register`, stage finish: once per pair",
    (
        *_PAIR,
        TensorSpec("moving_inside__3", "BOOL", _VOLUME, "", "the voxel lies in the moving scan", OTHER),
        TensorSpec("compared__4", "BOOL", _VOLUME, "", "fixed voxels at which the scans are compared", SMALL),
        TensorSpec("start__5", "FP32", (*_VOLUME, 3), "mm", "field on every second fixed voxel", (*NODES, 3)),
        TensorSpec("settings__6", "FP64", (len(SETTINGS),), "", "as `FinishSettings` orders them", (len(SETTINGS),)),
    ),
    (TensorSpec("field__0", "FP32", (*_VOLUME, 3), "mm", "the finished field, on the same nodes"),),
    {"lattices__2": LATTICES, "settings__6": SETTINGS},
)
MODELS = (MATCH_PAIR, FINISH_FIELD)
