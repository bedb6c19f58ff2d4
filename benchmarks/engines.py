"""The same pairs by torch in this process and by a real model server: differences, seconds, and what the way costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.cases import Case, cases
from benchmarks.machine import ROOT
from cli.triton.payload import FOLDER, obstacle
from cli.triton.running import running
from registration.export import export
from registration.field.finish import FinishSettings
from registration.field.lattice import nodes_over, on_lattice
from registration.keypoints.detect import body_mask
from registration.model import Model, default_model
from registration.prealignment import align
from registration.presets import preset_named
from registration.register import REACH_MM, WORKING_MM, register
from registration.result import Registration
from registration.served.specs import MODELS
from registration.volume import canonical
from registration.working import WorkingPair, working_pair
from worker.engines.server import ModelServer
from worker.engines.triton import TritonEngine, connected, placed_scans

PAIRS = 3
REPEATS = 7
IDLE = FinishSettings(0, 0, descriptors=0.0)
"""A finish that computes next to nothing: what is left is the way there and back."""


def main() -> None:
    """Print two tables: registrations by engine, and the way by engine."""
    if reason := obstacle():
        print(f"({reason})")
        return
    chosen = [case for case, _ in zip(cases(), range(PAIRS), strict=False)]
    with _engines() as engines:
        names = ("TRE", "apart mm", "wall s", "own cpu s", "matching", "finish")
        print(f"{'pair':18}{'engine':9}" + "".join(f"{name:>11}" for name in names))
        for case in chosen:
            own = _line(case, "torch", default_model())
            for name, engine in engines.items():
                _line(case, name, replace(default_model(), engine=engine), own)
        print(f"\n{'pair':18}{'scans MB':>9}" + "".join(f"{name + ' ms':>12}" for name in engines))
        for case in chosen:
            _way(case, engines)


@contextmanager
def _engines() -> Iterator[dict[str, TritonEngine]]:
    with TemporaryDirectory() as scratch:
        repository = Path(scratch) / "models"
        for model in MODELS:
            export(model, repository)
        with running(repository, Path(scratch), ROOT / FOLDER) as found:
            server = ModelServer(found.url)
            yield {name: connected(server, shared=name == "shared") for name in ("sent", "shared")}


def _line(case: Case, name: str, model: Model, own: Registration | None = None) -> Registration:
    wall, cpu = time.perf_counter(), time.process_time()
    result = register(case.fixed, case.moving, preset=case.preset, model=model)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    tre = np.linalg.norm(result.field.map_points(case.fixed_landmarks) - case.moving_landmarks, axis=1).mean()
    apart = 0.0 if own is None else np.abs(result.field.vectors_mm - own.field.vectors_mm).max()
    stages = result.timings_s
    print(
        f"{case.name:18}{name:9}{tre:11.4f}{apart:11.6f}{wall:11.1f}{cpu:11.1f}"
        f"{stages['matching']:11.1f}{stages['finish']:11.1f}",
        flush=True,
    )
    return result


def _way(case: Case, engines: dict[str, TritonEngine]) -> None:
    """Milliseconds from opening a pair to its answer, least of some, but for what the server says it computed."""
    pair = _working(case)
    lattice = nodes_over(pair.fixed_grid)
    start = on_lattice(pair.fixed.new_zeros(int(np.prod(lattice.size)), 3), lattice)
    compared, cells = body_mask(pair.fixed, pair.fixed_inside), []
    for engine in engines.values():
        found = []
        for _ in range(REPEATS):
            before, began = _computed_s(engine), time.perf_counter()
            with engine.open(pair) as opened:
                opened.finish(start, compared, IDLE)
            found.append(time.perf_counter() - began - (_computed_s(engine) - before))
        cells.append(f"{1000 * min(found):12.0f}")
    size = sum(array.nbytes for array in placed_scans(pair)) / 1e6
    print(f"{case.name:18}{size:9.1f}" + "".join(cells), flush=True)


def _working(case: Case) -> WorkingPair:
    preset, scans = preset_named(case.preset), (canonical(case.fixed), canonical(case.moving))
    to_moving = align(*scans, preset)
    return working_pair(*scans, to_moving=to_moving, preset=preset, step_mm=WORKING_MM, reach_mm=REACH_MM)


def _computed_s(engine: TritonEngine) -> float:
    """Seconds that the server has computed so far."""
    figures = engine.server.client.get_inference_statistics().model_stats
    return 1e-9 * sum(model.inference_stats.compute_infer.ns for model in figures)
