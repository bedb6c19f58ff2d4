"""A child is started again when it dies or hangs, and nothing of its session outlives it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.embedded import children
from cli.embedded.children import MODULE, Child

WITH_A_CHILD = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"


@pytest.fixture
def child(tmp_path):
    made = []

    def child(*command, **options):
        one = Child("child", command, tmp_path / "log", os.environ, **options)
        made.append(one)
        one.start()
        return one

    yield child
    for one in made:
        one.stop()


def tended(child, until):
    deadline = time.monotonic() + 10
    while not until() and time.monotonic() < deadline:
        child.tend()
        time.sleep(0.01)
    assert until()


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_child_that_died_is_started_again_with_more_patience_each_time(child):
    one = child("sleep", "60")
    waits = []
    for _ in range(2):
        first = one.process.pid
        os.kill(first, signal.SIGKILL)
        tended(one, lambda before=first: one.process is not None and one.process.pid != before)
        waits.append(one.wait_s)
    assert waits[0] < waits[1]


def test_what_a_killed_child_had_started_goes_with_it(child, tmp_path):
    swept = []
    one = child(sys.executable, "-c", WITH_A_CHILD, left_over=lambda: swept.append(1))
    deadline = time.monotonic() + 10
    while not (printed := (tmp_path / "log").read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(one.process.pid, signal.SIGKILL)
    tended(one, lambda: not alive(int(printed)))
    assert swept


def test_a_child_that_lives_without_answering_is_started_again(child, monkeypatch):
    monkeypatch.setattr(children, "LOOK_S", 0.01)
    answers = [True, True]
    one = child("sleep", "60", answers=lambda: bool(answers and answers.pop()), hung_s=0.1)
    first = one.process.pid
    tended(one, lambda: one.process is not None and one.process.pid != first)
    assert not alive(first)


def test_a_child_that_does_not_end_when_asked_is_ended(child):
    one = child(
        sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)", stop_s=0.3
    )
    time.sleep(0.2)
    one.stop()
    assert not one.alive()


def test_what_lies_in_the_folder_of_the_start_takes_nobodys_place(tmp_path):
    for name in ("worker", "dl", "pydicom"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(99)")
    done = subprocess.run([*MODULE, "worker", "nobody"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 99
    assert "'nobody' is not a valid QueueName" in done.stderr
