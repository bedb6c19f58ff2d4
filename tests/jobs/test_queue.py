"""One suite over both queues: what is submitted arrives, what is asked is answered, every wait ends."""

import subprocess
import sys
import time
from functools import partial

import pytest

from jobs.adapters.celery_queue import CeleryQueue
from jobs.adapters.memory import MemoryQueue
from jobs.adapters.redis_client import connect
from jobs.errors import JobError
from jobs.messages import Direction, Forget, MapPoints, QueueName, Render
from tests.builders.echo_worker import LONG_S, echo, note_job

POINTS = MapPoints(job_id="j", tag="r0", points=((0.1, -2.0, 1e-9),), direction=Direction.MOVING_TO_FIXED)
PICTURE = Render(job_id="j", tag="r0", product="preview.png.png", box=((0, 0, 0), (1, 2, 3)))


@pytest.fixture(scope="module")
def memory_line(tmp_path_factory):
    """A queue of threads and the file of its notes."""
    queue, notes = MemoryQueue(), tmp_path_factory.mktemp("memory") / "notes"
    requests = {name: partial(echo, name, replies=queue, file=notes) for name in (QueueName.REFINE, QueueName.RENDER)}
    queue.serve(dict.fromkeys((QueueName.REGISTER, QueueName.TRANSFER), partial(note_job, file=notes)), requests)
    yield queue, notes
    queue.stop()


@pytest.fixture(scope="module")
def celery_line(redis_url, tmp_path_factory):
    """The queues of Celery over a real Redis with a worker process each, and the file of their notes."""
    notes = tmp_path_factory.mktemp("celery") / "notes"
    command = [sys.executable, "-m", "tests.builders.echo_worker", redis_url]
    workers = [subprocess.Popen([*command, name, str(notes)], stderr=subprocess.DEVNULL) for name in QueueName]
    yield CeleryQueue(redis_url, connect(redis_url)), notes
    for worker in workers:
        worker.kill()
        worker.wait(10)


@pytest.fixture(params=["memory", "celery"])
def line(request):
    queue, notes = request.getfixturevalue(f"{request.param}_line")
    notes.write_text("")
    return queue, notes


def noted(notes, count, about=""):
    """The notes about something, as soon as there are so many."""
    deadline = time.monotonic() + 30
    while True:
        lines = [line for line in notes.read_text().splitlines() if about in line]
        if len(lines) >= count or time.monotonic() > deadline:
            return lines
        time.sleep(0.02)


def test_jobs_arrive_once_and_in_order(line):
    queue, notes = line
    for n in range(5):
        queue.submit(f"job{n}")
    assert noted(notes, 5) == [f"job{n}" for n in range(5)]
    assert queue.waiting() == 0


def test_a_registration_does_not_wait_behind_an_archive(line):
    queue, notes = line
    queue.submit("long", QueueName.TRANSFER)
    noted(notes, 1)
    queue.submit("behind", QueueName.TRANSFER)
    queue.submit("beside")
    assert noted(notes, 2) == ["long", "beside"]
    assert queue.waiting(QueueName.TRANSFER) == 1
    assert noted(notes, 3) == ["long", "beside", "behind"]


def test_jobs_wait_behind_a_long_one(line):
    queue, notes = line
    for job_id in ("long", "next", "last"):
        queue.submit(job_id)
    noted(notes, 1)
    assert queue.waiting() == 2
    assert noted(notes, 3) == ["long", "next", "last"]


@pytest.mark.parametrize(("request_", "name"), [(POINTS, "refine"), (PICTURE, "render")])
def test_a_question_arrives_as_it_was_asked_and_gets_its_own_answer(line, request_, name):
    reply = line[0].ask(request_, 30)
    assert reply.value == {"queue": name, "request": request_.model_dump(mode="json")}


def test_nobody_answers_in_time_and_the_wait_ends(line):
    began = time.monotonic()
    assert line[0].ask(PICTURE, 0.3) is None
    assert 0.25 < time.monotonic() - began < LONG_S


def test_a_click_does_not_wait_behind_a_registration_or_a_picture(line):
    queue, notes = line
    queue.ask(POINTS, 30)
    queue.submit("long")
    noted(notes, 1)
    queue.tell(PICTURE)
    began = time.monotonic()
    assert queue.ask(POINTS, 10) is not None
    assert time.monotonic() - began < LONG_S / 2


def test_what_is_to_be_forgotten_reaches_everyone_who_remembers(line):
    queue, notes = line
    queue.tell(Forget(job_id="j"))
    assert sorted(noted(notes, 2, about="forget")) == ["refine forget", "render forget"]


def test_an_outage_of_the_queue_is_a_known_error_at_once():
    url = "unix:///nowhere/redis.sock"
    began = time.monotonic()
    with pytest.raises(JobError) as failed:
        CeleryQueue(url, connect(url)).submit("job")
    assert failed.value.code == "store-unavailable"
    assert time.monotonic() - began < 3
