"""One suite over every Leases and Presence."""

import time

from jobs.messages import QueueName


def test_a_right_has_one_holder(leases):
    assert leases.acquire("job", "a", 5)
    assert not leases.acquire("job", "b", 5)
    assert leases.held("job")
    leases.release("job", "b")
    assert leases.held("job")
    leases.release("job", "a")
    assert not leases.held("job")


def test_a_right_ends_with_its_time_unless_extended(leases):
    assert leases.acquire("job", "a", 0.15)
    assert leases.extend("job", "a", 0.4)
    assert not leases.extend("job", "b", 9)
    time.sleep(0.25)
    assert leases.held("job")
    time.sleep(0.3)
    assert not leases.held("job")
    assert not leases.extend("job", "a", 5)
    assert leases.acquire("job", "b", 5)


def test_presence_says_who_is_there_and_ends_without_beats(leases):
    assert leases.alive(QueueName.REGISTER) is None
    leases.beat(QueueName.REGISTER, 0.2, {"name": "model"})
    assert leases.alive(QueueName.REGISTER) == {"name": "model"}
    assert leases.alive(QueueName.REFINE) is None
    time.sleep(0.3)
    assert leases.alive(QueueName.REGISTER) is None
