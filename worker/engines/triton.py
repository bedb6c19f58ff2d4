"""The heavy work done by a model server: a pair of scans goes there once, its matches and its finished field come back.

Neighbour graphs are made here and travel as indices; what comes back is judged here too. The images travel as float32:
half precision is a hundred times coarser than what decides a label in a flat place (docs/decisions/0021).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from jobs import journal
from jobs.errors import JobError
from registration.correspondences.match import Matched, graph_of, witnessed
from registration.field.finish import FinishSettings
from registration.keypoints.detect import Keypoints
from registration.result import ModelIdentity
from registration.sampling import ChannelMap
from registration.served.expected import expected_fingerprints
from registration.served.specs import FINISH_FIELD, MATCH_SCAN, MODELS
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
        scans = placed_scans(pair)
        block = SharedBlock([scans.fixed, scans.moving, scans.moving_inside]) if self.shared else None
        try:
            yield TritonPair(self.server, scans, block)
        finally:
            if block is not None:
                self.server.forget(block)


class PlacedScans(NamedTuple):
    """Both images (z, y, x), where the moving scan is, and the lattices (2, 2, 3) mm: first voxel and step of each."""

    fixed: Array
    moving: Array
    moving_inside: Array
    lattices: Array


@dataclass(frozen=True)
class TritonPair:
    """A pair as the models take it, in shared memory where the server reads there."""

    server: ModelServer
    scans: PlacedScans
    block: SharedBlock | None

    def match(self, fixed: Keypoints, moving: Keypoints) -> Matched:
        """As `OpenPair` has it; both directions at the same time."""
        scans = self.scans
        with ThreadPoolExecutor(2) as pool:
            there = pool.submit(self._matched, scans.fixed, scans.moving, scans.lattices, fixed)
            back = pool.submit(self._matched, scans.moving, scans.fixed, scans.lattices[::-1], moving)
            return witnessed(fixed.points, there.result(), moving.points, back.result())

    def finish(self, start: ChannelMap, compared: Tensor, settings: FinishSettings) -> ChannelMap:
        """As `OpenPair` has it."""
        scans, chosen = self.scans, np.array(settings, np.float64)
        about = (scans.fixed, scans.moving, scans.lattices, scans.moving_inside)
        (field,) = self.server.infer(FINISH_FIELD, [*about, compared.numpy(), start.values.numpy(), chosen], self.block)
        return ChannelMap(torch.from_numpy(field.copy()), start.grid)

    def _matched(self, source: Array, target: Array, lattices: Array, keypoints: Keypoints) -> tuple[Tensor, Tensor]:
        graph = graph_of(keypoints)
        about = [t.numpy() for t in (graph.points, graph.response, graph.neighbours.int(), graph.distance)]
        found = self.server.infer(MATCH_SCAN, [source, target, lattices, *about], self.block)
        displacement, statistics = (torch.from_numpy(array.copy()) for array in found)
        return displacement, statistics


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


def placed_scans(pair: WorkingPair) -> PlacedScans:
    """What both models are told of a pair."""
    lattices = [[grid.origin_mm, grid.spacing_mm] for grid in (pair.fixed_grid, pair.moving_grid)]
    fixed, moving, inside = (t.contiguous().numpy() for t in (pair.fixed, pair.moving, pair.moving_inside))
    return PlacedScans(fixed, moving, inside, np.array(lattices, np.float64))


def _shares(server: ModelServer) -> bool:
    """Whether the server is on this machine and reads what is put into shared memory here."""
    if not server.url.startswith(LOOPBACK):
        return False
    block = SharedBlock([np.zeros(1)])
    try:
        server.patiently(lambda: server.share(block), "shared memory")
    except JobError as error:
        journal.record("model-server-shares-no-memory", logging.WARNING, code=error.code)
        return False
    finally:
        server.forget(block)
    return True
