"""With a cache every edit is bit for bit what it is without; a cache that loses things costs time and nothing else."""

import dataclasses

import numpy as np
import pytest

import worker.blocks
import worker.field_cache
import worker.results
from jobs import figures
from jobs.adapters.memory import MemoryCache
from jobs.ending import remove
from jobs.errors import StoreUnavailableError
from jobs.messages import Correct
from jobs.model import Correspondence
from jobs.ports import Kind
from registration.refine import refine
from tests.builders.shifted import FIXED, SHIFT, shift_method
from worker.corrections import taken
from worker.handlers.correct import correct
from worker.handlers.register_pair import register_pair
from worker.results import OpenResults

MIDDLE = FIXED.corners().mean(0)
ELSEWHERE = MIDDLE + np.array([18.0, -15.0, 20.0])


class Watched(MemoryCache):
    """Notes which blocks are asked for; loses them when told."""

    def __init__(self):
        super().__init__()
        self.asked, self.losing = [], False

    def blocks(self, job_id, names):
        self.asked.extend(names)
        return [None] * len(names) if self.losing else super().blocks(job_id, names)


class Away(MemoryCache):
    """Never answers."""

    def header(self, *_):
        raise StoreUnavailableError("cache")

    keep = blocks = forget = header


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Several blocks in a small field."""
    monkeypatch.setattr(worker.blocks, "EDGE", 8)
    monkeypatch.setattr(worker.field_cache, "EDGE", 8)


def registered(ports, make_job, cache):
    ports = dataclasses.replace(ports, cache=cache)
    job_id = make_job()
    register_pair(job_id, ports, bent)
    return ports, job_id


def bent(*volumes, **options):
    """A field that is nowhere the same."""
    found = shift_method(*volumes, **options)
    wave = np.random.default_rng(3).normal(scale=0.2, size=found.field.vectors_mm.shape)
    found.field.vectors_mm[...] += wave.astype(np.float32)
    return found


def click(name, place, off):
    return Correspondence(id=name, fixed=tuple(map(float, place)), moving=tuple(map(float, place + SHIFT + off)))


def edited(ports, job_id, *clicks):
    """The answer of a worker that has just started."""
    tag = ports.jobs.get(job_id).current.tag
    request = Correct(job_id=job_id, tag=tag, by="ann", set=clicks)
    answer = correct(request, ports, OpenResults(ports))
    return {key: value for key, value in answer.items() if key != "tag"}


def test_edits_from_the_cache_are_those_from_the_artefacts(ports, make_job):
    answers = []
    for cache in (None, Watched()):
        with_cache, job_id = registered(ports, make_job, cache)
        steps = [(click("a", MIDDLE, 1.5),), (click("b", ELSEWHERE, -1.0),), (click("a", MIDDLE, 0.5),)]
        answers.append([edited(with_cache, job_id, *clicks) for clicks in steps])
        record = with_cache.jobs.get(job_id)
        answers[-1].append(OpenResults(with_cache).at(record, record.current).field.vectors_mm.tobytes())
    assert answers[0] == answers[1]


def test_the_patch_itself_is_the_same_to_the_bit(ports, make_job):
    ports, job_id = registered(ports, make_job, Watched())
    record = ports.jobs.get(job_id)
    both = (ports, dataclasses.replace(ports, cache=None))
    cached, direct = (OpenResults(one).at(record, record.current) for one in both)
    assert isinstance(cached.opened.base.vectors_mm, worker.blocks.BlockArray)
    after = direct.corrections.edited([taken(click("a", MIDDLE, 1.5))], [])
    patches = [refine(one.opened.base, one.corrections, after).patch for one in (cached, direct)]
    assert patches[0].box == patches[1].box
    assert patches[0].vectors_mm.tobytes() == patches[1].vectors_mm.tobytes()


def test_a_first_click_reads_what_it_touches_and_no_artefact(ports, make_job, monkeypatch):
    cache = Watched()
    ports, job_id = registered(ports, make_job, cache)
    monkeypatch.setattr(worker.results, "load_result", lambda _: pytest.fail("the artefacts were read"))
    corner = FIXED.index_to_mm((4, 4, 4))
    edited(ports, job_id, click("a", corner, 0.1))
    whole = int(np.prod([-(-n // 8) for n in FIXED.shape]))
    assert 0 < len(cache.asked) < whole
    assert len(set(cache.asked)) == len(cache.asked)


@pytest.mark.parametrize("loss", ["flushed", "evicted while open", "another revision 0", "away"])
def test_a_cache_that_loses_things_changes_nothing(ports, make_job, loss):
    expected_ports, expected_job = registered(ports, make_job, None)
    cache = Away() if loss == "away" else Watched()
    ports, job_id = registered(ports, make_job, cache)
    if loss == "flushed":
        cache._kept.clear()
    elif loss == "evicted while open":
        cache.losing = True
    elif loss == "another revision 0":
        cache.keep(job_id, cache.header(job_id).replace(b"r0-", b"r1-"), [])
    assert edited(ports, job_id, click("a", MIDDLE, 1.5)) == edited(
        expected_ports, expected_job, click("a", MIDDLE, 1.5)
    )


def test_what_the_cache_lost_is_there_again_after_a_click(ports, make_job):
    cache = Watched()
    ports, job_id = registered(ports, make_job, cache)
    before = dict(cache._kept)
    cache._kept.clear()
    edited(ports, job_id, click("a", MIDDLE, 1.5))
    assert cache._kept == before


def test_a_purge_empties_the_cache(ports, make_job):
    cache = Watched()
    ports, job_id = registered(ports, make_job, cache)
    remove(ports, job_id)
    assert cache._kept == {}
    assert list(ports.artefacts.names(Kind.REGISTRATION)) == []


def test_a_worker_that_was_not_told_of_a_purge_forgets_by_itself(ports, make_job):
    ports, job_id = registered(ports, make_job, Watched())
    results, record = OpenResults(ports), ports.jobs.get(job_id)
    results.at(record, record.current)
    results.tidy()
    assert job_id in results._open
    remove(ports, job_id)
    results.tidy()
    assert results._open == {}


def test_what_the_cache_had_is_counted(ports, make_job):
    cache = Watched()
    ports, job_id = registered(ports, make_job, cache)
    edited(ports, job_id, click("a", MIDDLE, 1.5))
    cache.losing = True
    edited(ports, job_id, click("a", MIDDLE, 1.0))
    cache._kept.clear()
    edited(ports, job_id, click("a", MIDDLE, 0.5))
    ports.figures.send()
    found = ports.figures.sums.all()
    counted = {name: found[f"{figures.CACHE}|outcome={name}|total"] for name in ("hit", "miss", "lost")}
    assert (counted["hit"], counted["miss"]) == (2, 1)
    assert counted["lost"] >= 1
