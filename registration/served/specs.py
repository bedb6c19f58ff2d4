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
from registration.served.match_scan import MatchScan

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

    warm_up: values of inputs that zeros would not do for, by name. instances: how many are at work at the same time.
    """

    name: str
    module: Callable[[], nn.Module]
    caller: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    warm_up: Mapping[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = field(default_factory=dict)
    instances: int = 1


SMALL, OTHER, NODES, POINTS = (20, 22, 24), (22, 20, 26), (11, 12, 13), 40
"""Shapes for warming up: two scans, the fixed one's nodes, keypoints."""
LATTICES = np.array([[[0.0, 0.0, 0.0], [2.0, 2.0, 2.0]]] * 2)
SETTINGS = np.array(FinishSettings(), np.float64)


_VOLUME, _GRAPH = (-1, -1, -1), (-1, -1)
_NEAR = (POINTS, GRAPH_NEIGHBOURS)
MATCH_SCAN = ServedModel(
    "match_scan",
    MatchScan,
    "`register`, stage matching: both directions of a pair at the same time",
    (
        TensorSpec("source__0", "FP32", _VOLUME, "", "working image (z, y, x) of the keypoints, in [0, 1]", SMALL),
        TensorSpec("target__1", "FP32", _VOLUME, "", "working image in which they are sought", OTHER),
        TensorSpec("lattices__2", "FP64", (2, 2, 3), "mm", "source, target: first voxel and step (x, y, z)", (2, 2, 3)),
        TensorSpec("points__3", "FP32", (-1, 3), "mm", "keypoints (N, 3), fixed frame", (POINTS, 3)),
        TensorSpec("response__4", "FP32", (-1,), "", "the detector's response (N,)", (POINTS,)),
        TensorSpec("neighbours__5", "INT32", _GRAPH, "", "nearest keypoints (N, K), themselves included", _NEAR),
        TensorSpec("distance__6", "FP32", _GRAPH, "mm", "their distance (N, K)", _NEAR),
    ),
    (
        TensorSpec("displacement__0", "FP32", (-1, 3), "mm", "from each keypoint to its place in the target (N, 3)"),
        TensorSpec("statistics__1", "FP32", (-1, STATISTICS - 2), "", "what is known of each match"),
    ),
    {"lattices__2": LATTICES},
    instances=2,
)
FINISH_FIELD = ServedModel(
    "finish_field",
    FinishField,
    "`register`, stage finish: once per pair",
    (
        TensorSpec("fixed__0", "FP32", _VOLUME, "", "fixed working image (z, y, x), windowed to [0, 1]", SMALL),
        TensorSpec("moving__1", "FP32", _VOLUME, "", "moving working image, pre-aligned", OTHER),
        TensorSpec("lattices__2", "FP64", (2, 2, 3), "mm", "fixed, moving: first voxel and step (x, y, z)", (2, 2, 3)),
        TensorSpec("moving_inside__3", "BOOL", _VOLUME, "", "the voxel lies in the moving scan", OTHER),
        TensorSpec("compared__4", "BOOL", _VOLUME, "", "fixed voxels at which the scans are compared", SMALL),
        TensorSpec("start__5", "FP32", (*_VOLUME, 3), "mm", "field on every second fixed voxel", (*NODES, 3)),
        TensorSpec("settings__6", "FP64", (len(SETTINGS),), "", "as `FinishSettings` orders them", (len(SETTINGS),)),
    ),
    (TensorSpec("field__0", "FP32", (*_VOLUME, 3), "mm", "the finished field, on the same nodes"),),
    {"lattices__2": LATTICES, "settings__6": SETTINGS},
)
MODELS = (MATCH_SCAN, FINISH_FIELD)
