"""What Celery is told, and what comes of it: nothing that a killed worker held is lost."""

import signal
import subprocess
import sys
import threading
import time

import pytest

from jobs.adapters.celery_queue import (
    REQUEST_VISIBILITY_S,
    VISIBILITY_TIMEOUT_S,
    CeleryQueue,
    celery_app,
    unacknowledged,
)
from jobs.adapters.redis_client import connect
from jobs.messages import QueueName, Render
from worker.settings import from_environment

PICTURE = Render(job_id="j", tag="r0", product="preview.png.png")


def test_messages_are_acknowledged_late_and_taken_one_at_a_time():
    conf = celery_app("redis://nowhere").conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    assert conf.task_ignore_result


def test_a_registration_may_never_take_as_long_as_its_message_stays_away(monkeypatch):
    for name, value in {"DATA_DIR": "/d", "REDIS_URL": "redis://r", "JOB_LIMIT_S": "1e9"}.items():
        monkeypatch.setenv(f"KERNELREG_{name}", value)
    assert from_environment(QueueName.REGISTER).job_limit_s < VISIBILITY_TIMEOUT_S


def test_each_queue_looks_after_its_own_messages():
    places = {queue: unacknowledged(queue) for queue in QueueName}
    assert len({place["unacked_key"] for place in places.values()}) == len(QueueName)
    assert places[QueueName.REFINE]["visibility_timeout"] == REQUEST_VISIBILITY_S


@pytest.mark.slow
def test_a_request_whose_worker_was_killed_is_answered_by_the_next_one(redis_url, clean_redis, tmp_path):
    notes = tmp_path / "notes"
    command = [sys.executable, "-m", "tests.builders.echo_worker", redis_url, "render", str(notes), "2"]
    queue, answers = CeleryQueue(redis_url, connect(redis_url)), []
    asking = threading.Thread(target=lambda: answers.append(queue.ask(PICTURE, 60)))
    worker = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    asking.start()
    held = str(unacknowledged(QueueName.RENDER)["unacked_key"])
    deadline = time.monotonic() + 30
    while not clean_redis.hlen(held) and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    assert answers == []
    time.sleep(2.2)  # kombu looks when a worker starts, later only every 100 s
    worker = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        asking.join(60)
    finally:
        worker.kill()
        worker.wait(10)
    assert answers[0].value["queue"] == "render"


@pytest.mark.slow
def test_a_worker_that_is_told_to_stop_ends_its_job_and_takes_no_other(redis_url, clean_redis, tmp_path):
    notes = tmp_path / "notes"
    notes.write_text("")
    queue = CeleryQueue(redis_url, connect(redis_url))
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.builders.echo_worker", redis_url, "register", str(notes)],
        stderr=subprocess.DEVNULL,
    )
    for job in ("long-one", "other"):
        queue.submit(job)
    deadline = time.monotonic() + 30
    while not notes.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    assert notes.read_text().split() == ["long-one"]
    assert clean_redis.hlen(str(unacknowledged(QueueName.REGISTER)["unacked_key"])) == 0
    assert queue.waiting() == 1
