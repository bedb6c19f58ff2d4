"""An instance of a model dies, for want of memory say: its server ends, and whoever looks after it starts it anew."""

import contextlib
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from tritonclient.grpc import InferenceServerClient

from cli.triton.launch import launch
from cli.triton.layout import lay_out
from cli.triton.payload import FOLDER, obstacle, require_payload
from cli.triton.running import serving
from tests.builders.echo_models import write_echo_models
from tests.worker.engines.conftest import PROJECT
from tests.worker.engines.test_backend import asked


def instances(server: int) -> list[int]:
    """The process ids of a server's instances."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # others end while we look
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            found += [int(stat.parent.name)] if parent == server else []
    return found


@pytest.mark.slow
@pytest.mark.skipif(obstacle() is not None, reason=str(obstacle()))
def test_a_server_whose_instance_died_ends_and_comes_back_whole(tmp_path):
    write_echo_models(tmp_path / "models")
    payload = require_payload(PROJECT / FOLDER)
    found = launch(payload, lay_out(payload, tmp_path / "backends"), tmp_path / "models")
    with serving(found, tmp_path / "log") as child:
        os.kill(instances(child.process.pid)[0], signal.SIGKILL)
        assert child.process.wait(40) is not None
        child.start()
        found.wait(lambda: child.process.poll() is None)
        with InferenceServerClient(found.url) as client:
            assert asked(client, "doubled", np.ones((1, 2, 3), np.float32))[0].sum() == 12
