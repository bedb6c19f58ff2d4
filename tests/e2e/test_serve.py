"""`kernelreg serve` as a user meets it: real Redis, real workers, real method; killed in every way."""

import os
import signal
import stat
import subprocess
import sys
import time

import numpy as np
import pytest
import SimpleITK as sitk

from tests.builders.shifted import FIXED, SHIFT

pytestmark = pytest.mark.slow


def test_the_whole_job_then_a_clean_end_then_everything_is_still_there(serve, tmp_path):
    server = serve()
    pair = server.upload_pair()
    job = server.register(pair)
    body = server.wait(job, "succeeded")
    assert body["model"]["name"]
    tag = server.http.get(job).headers["etag"]
    middle = FIXED.corners().mean(0)
    click = {"id": "a", "fixed": middle.tolist(), "moving": (middle + SHIFT + 1).tolist()}
    edited = server.http.patch(f"{job}/correspondences", json={"set": [click]}, headers={"If-Match": tag})
    assert edited.json()["residuals"][0]["after"] <= 0.05
    field = server.http.get(f"{job}/field").content
    (tmp_path / "field.mha").write_bytes(field)
    vectors = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "field.mha")))
    assert np.abs(np.median(vectors, axis=(0, 1, 2)) - SHIFT).max() < 1.5
    assert server.http.get(f"{job}/preview.png").content.startswith(b"\x89PNG")
    assert server.end(signal.SIGINT) == 0
    again = serve()
    assert again.http.get(job).headers["etag"] == edited.headers["etag"]
    assert again.http.get(f"{job}/field?revision=1").content == field
    assert again.http.post("/v1/series", files={"files": (tmp_path / "image.mha").read_bytes()}).status_code == 200
    assert again.end(signal.SIGTERM) == 0


def test_killed_with_all_its_children_mid_job_it_finishes_after_the_next_start(serve, tmp_path):
    server = serve()
    pair = server.upload_pair()
    done = server.register(pair)
    server.wait(done, "succeeded")
    job = server.register(pair)
    waiting = server.register(pair)
    server.wait(job, "running")
    server.end(signal.SIGKILL)
    again = serve()
    assert again.http.get(done).json()["state"] == "succeeded"
    assert again.wait(job, "succeeded")["attempts"] == 2
    assert again.wait(waiting, "succeeded")["attempts"] == 1
    assert list((tmp_path / "data" / "staging").iterdir()) == []
    assert again.http.get(f"{job}/field").content == again.http.get(f"{waiting}/field").content


def test_every_child_may_die_and_no_job_is_lost(serve):
    server = serve()
    job = server.register(server.upload_pair())
    server.wait(job, "running")
    os.kill(server.child("worker", "register"), signal.SIGKILL)
    assert server.wait(job, "succeeded")["attempts"] == 2
    for words in (("redis",), ("worker", "refine"), ("-m", "service")):
        os.kill(server.child(*words), signal.SIGKILL)
        deadline = time.monotonic() + 60
        while not answers(server, job) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert answers(server, job), words


def answers(server, job):
    """Whether the whole way from the door to the refine worker works."""
    import httpx

    point = FIXED.corners().mean(0).tolist()
    try:
        answer = server.http.post(f"{job}/points", json={"points": [point]}, headers={"Prefer": "wait=5"})
    except httpx.HTTPError:
        return False
    return answer.status_code == 200


def test_one_process_without_redis_does_the_same_and_keeps_nothing(serve, tmp_path):
    server = serve("--memory")
    assert "nothing is kept" in server.line
    job = server.register(server.upload_pair())
    server.wait(job, "succeeded")
    assert answers(server, job)
    assert server.end(signal.SIGTERM) == 0
    assert [p.name for p in (tmp_path / "data").iterdir() if p.name.startswith("volatile")] == []


def test_what_is_in_use_is_said_clearly_and_nobody_is_named(serve, tmp_path):
    server = serve()
    port, data = server.http.base_url.port, tmp_path / "data"
    refused = {
        "the port is in use": run("--port", str(port), "--data-dir", str(tmp_path / "other")),
        "Another kernelreg uses": run("--port", "0", "--data-dir", str(data)),
        "needs API keys": run("--host", "0.0.0.0", "--port", "0", "--data-dir", str(tmp_path / "third")),
    }
    for message, ended in refused.items():
        assert ended.returncode == 1
        assert message in ended.stderr
        assert "Traceback" not in ended.stderr + ended.stdout
    server.http.post("/v1/series", files={"files": ("SECRET^NAME.dcm", b"SECRET^NAME")})
    server.http.get("/v1/SECRET^NAME")
    assert server.end(signal.SIGINT) == 0
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    logs = b"".join(p.read_bytes() for p in (data / "logs").iterdir())
    assert b'"event": "request"' in logs
    assert b"SECRET" not in logs


def run(*options):
    """`kernelreg serve` that ends by itself."""
    command = [sys.executable, "-m", "cli.main", "serve", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
