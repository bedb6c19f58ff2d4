"""The heavy work done by a model server: a pair of scans goes there once, its matches and its finished field come back.

Neighbour graphs are made here and travel as indices; what comes back is judged here too. The images travel as float32:
half precision is a hundred times coarser than what decides a label in a flat place (docs/decisions/0021).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from jobs import journal
from jobs.errors import JobError
from registration.abreast import abreast
from registration.correspondences.match import Graph, Matched, graph_of, witnessed
from registration.field.finish import FinishSettings
from registration.keypoints.detect import Keypoints
from registration.result import ModelIdentity
from registration.sampling import ChannelMap
from registration.served.expected import expected_fingerprints
from registration.served.specs import FINISH_FIELD, MATCH_PAIR, MODELS, TensorSpec
from registration.working import WorkingPair
from worker.engines.server import ModelServer
from worker.engines.shared import Array, SharedBlock

LOOPBACK = ("127.0.0.1:", "localhost:", "[::1]:")
START_S = 180.0
"""A server imports torch once per model before it answers; half a minute on a loaded machine."""


@dataclass(frozen=True)
class TritonEngine:
    """A model server as an `Engine`. shared: whether scans are handed over in shared memory instead of being sent."""

    server: ModelServer
    shared: bool

    @contextmanager
    def open(self, pair: WorkingPair) -> Iterator[TritonPair]:
        """As `Engine` has it. Raises `model-mismatch` when the server's models are, by now, others than ours."""
        for model in MODELS:
            self.server.require(model)
        arrays = scans_as_arrays(pair)
        block = SharedBlock(arrays) if self.shared else None
        try:
            yield TritonPair(self.server, arrays, block)
        finally:
            if block is not None:
                self.server.forget(block)


@dataclass(frozen=True)
class TritonPair:
    """A pair as the models take it, in shared memory where the server reads there."""

    server: ModelServer
    arrays: dict[str, Array]
    block: SharedBlock | None

    def match(self, fixed: Keypoints, moving: Keypoints) -> Matched:
        """As `OpenPair` has it."""
        graphs = abreast(graph_of, (fixed, moving))
        arrays = self.arrays | _named(MATCH_PAIR.inputs[3:], [array for graph in graphs for array in _arrays(graph)])
        there, there_statistics, back, back_statistics = (
            torch.from_numpy(array.copy()) for array in self.server.infer(MATCH_PAIR, arrays, self.block)
        )
        return witnessed(fixed.points, (there, there_statistics), moving.points, (back, back_statistics))

    def finish(self, start: ChannelMap, compared: Tensor, settings: FinishSettings) -> ChannelMap:
        """As `OpenPair` has it."""
        own = _named(FINISH_FIELD.inputs[4:], [compared.numpy(), start.values.numpy(), np.array(settings, np.float64)])
        (field,) = self.server.infer(FINISH_FIELD, self.arrays | own, self.block)
        return ChannelMap(torch.from_numpy(field.copy()), start.grid)


def connected(server: ModelServer, *, shared: bool | None = None, start_s: float = START_S) -> TritonEngine:
    """An engine over a server that has our models. shared: None finds out whether the server reads shared memory.

    start_s: how long a server that is starting is waited for. Raises JobError: `model-server-unavailable`,
    `model-mismatch`.
    """
    server.wait(start_s)
    for model in MODELS:
        server.require(model)
    engine = TritonEngine(server, _shares(server) if shared is None else shared)
    journal.record("model-server-found", url=server.url, shared=engine.shared)
    return engine


def served_identity(own: ModelIdentity) -> ModelIdentity:
    """The model's identity with one SHA-256 over its own weights and the fingerprints of all that the server runs."""
    found = sorted((expected_fingerprints() | {"": own.weights_sha256}).items())
    lines = "\n".join(f"{name} {sha256}" for name, sha256 in found)
    return replace(own, weights_sha256=hashlib.sha256(lines.encode()).hexdigest())


def scans_as_arrays(pair: WorkingPair) -> dict[str, Array]:
    """What both models are told of a pair, by the names of their inputs."""
    lattices = [[grid.origin_mm, grid.spacing_mm] for grid in (pair.fixed_grid, pair.moving_grid)]
    fixed, moving, inside = (t.contiguous().numpy() for t in (pair.fixed, pair.moving, pair.moving_inside))
    return _named(FINISH_FIELD.inputs[:4], [fixed, moving, np.array(lattices, np.float64), inside])


def _arrays(graph: Graph) -> list[Array]:
    return [t.numpy() for t in (graph.points, graph.response, graph.neighbours.int(), graph.distance)]


def _named(specs: Sequence[TensorSpec], arrays: Sequence[Array]) -> dict[str, Array]:
    return {spec.name: array for spec, array in zip(specs, arrays, strict=True)}


def _shares(server: ModelServer) -> bool:
    """Whether the server is on this machine and reads what is put into shared memory here."""
    if not server.url.startswith(LOOPBACK):
        return False
    block = SharedBlock({"probe": np.zeros(1)})
    try:
        server.patiently(lambda: server.share(block))
    except JobError as error:
        journal.record("model-server-shares-no-memory", logging.WARNING, code=error.code)
        return False
    finally:
        server.forget(block)
    return True
