"""The model server's engine: refusals, deadlines, outages, and what it leaves behind."""

import contextlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from jobs.errors import JobError
from registration.field.finish import FinishSettings
from registration.geometry import Grid
from registration.model import default_model
from registration.phantom import make_phantom
from registration.register import register
from registration.served.expected import expected_fingerprints
from registration.served.specs import FINISH_FIELD, MATCH_SCAN
from tests.builders.served_models import finish_inputs, match_inputs
from tests.worker.engines.test_contract import SIZES, TOLERANCE_MM, both, scans, start
from worker.engines.server import ModelServer
from worker.engines.triton import connected, served_identity
from worker.method import model_at

CHEST = Grid((56, 46, 18), (4.0, 4.0, 5.0), (-110.0, -90.0, 10.0))
FIXED, MOVING = (20, 22, 24), (22, 20, 26)


def arrays(tensors):
    return [tensor.numpy() for tensor in tensors]


def refused(call) -> JobError:
    with pytest.raises(JobError) as found:
        call()
    return found.value


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class Bridge:
    """Passes bytes on to a server from a port of its own: an outage is a bridge that is down."""

    def __init__(self, port: int, to_port: int) -> None:
        self._door = socket.create_server(("127.0.0.1", port))
        self._to = to_port
        self._open = [self._door]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                here, _ = self._door.accept()
            except OSError:
                return
            there = socket.create_connection(("127.0.0.1", self._to))
            self._open += [here, there]
            for a, b in ((here, there), (there, here)):
                threading.Thread(target=self._pass, args=(a, b), daemon=True).start()

    @staticmethod
    def _pass(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            return

    def down(self) -> None:
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def test_a_server_with_our_models_is_accepted_and_named_in_every_result(triton):
    own = default_model().identity
    model = model_at(triton.url)
    assert model.engine.shared, "a server on this machine reads shared memory"
    assert model.identity == served_identity(own)
    assert (model.identity.name, model.identity.version) == (own.name, own.version)
    assert len(model.identity.weights_sha256) == 64


def test_a_registration_by_the_server_is_the_one_of_this_process(triton):
    pair = make_phantom("thorax", seed=2, grid=CHEST)
    here, there = (register(pair.fixed, pair.moving, preset="thorax", model=model_at(url)) for url in ("", triton.url))
    apart = np.linalg.norm(here.field.vectors_mm - there.field.vectors_mm, axis=-1)
    assert np.quantile(apart, 0.99) < TOLERANCE_MM
    assert here.model != there.model


def test_without_a_server_the_method_is_computed_here():
    assert model_at("") == default_model()


def test_other_weights_are_refused_at_the_start_and_before_every_pair(triton):
    others = {name: sha256[::-1] for name, sha256 in expected_fingerprints().items()}
    error = refused(lambda: connected(ModelServer(triton.url, expected=others)))
    assert error.code == "model-mismatch"
    assert "fingerprint" in error.message
    engine = replace(connected(ModelServer(triton.url)), server=ModelServer(triton.url, expected=others))
    assert refused(lambda: engine.open(scans(*SIZES[0])).__enter__()).code == "model-mismatch"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (replace(MATCH_SCAN, inputs=MATCH_SCAN.inputs[:-1]), "distance__6: expected none, got FP32 [-1, -1]"),
        (replace(MATCH_SCAN, outputs=(replace(MATCH_SCAN.outputs[0], dtype="FP16"),)), "expected FP16 [-1, 3]"),
        (replace(FINISH_FIELD, inputs=(replace(FINISH_FIELD.inputs[0], shape=(1, -1, -1)),)), "expected FP32 [1,"),
        (replace(FINISH_FIELD, name="match_field"), "match_field"),
    ],
)
def test_another_signature_is_refused_by_name(triton, other, said):
    error = refused(lambda: ModelServer(triton.url).require(other))
    assert error.code == "model-mismatch"
    assert said in error.message


def test_what_takes_too_long_is_given_up(triton):
    seen = []
    server = ModelServer(triton.url, deadline_s=0.02, observe=lambda *what: seen.append(what))
    began = time.monotonic()
    error = refused(lambda: server.infer(MATCH_SCAN, arrays(match_inputs((60, 60, 60), (60, 60, 60), 500))))
    assert error.code == "model-server-unavailable"
    assert time.monotonic() - began < 5, "a deadline is not tried again"
    assert [(name, outcome) for name, _, outcome in seen] == [("match_scan", "model-server-unavailable")]


def test_a_server_that_is_not_there_is_waited_for_as_long_as_agreed():
    server = ModelServer(f"127.0.0.1:{free_port()}", patience_s=1.0)
    began = time.monotonic()
    assert refused(lambda: server.require(MATCH_SCAN)).code == "model-server-unavailable"
    assert 0.5 < time.monotonic() - began < 5
    assert refused(lambda: connected(server, start_s=0.3)).code == "model-server-unavailable"


def test_an_address_that_is_none_is_refused():
    assert "host:port" in refused(lambda: ModelServer("http://127.0.0.1:8001")).message


def test_a_server_that_comes_back_is_used_as_if_nothing_had_been(triton):
    port, to_port, seen = free_port(), triton.ports[1], []
    first = Bridge(port, to_port)
    server = ModelServer(f"127.0.0.1:{port}", patience_s=20, observe=lambda *what: seen.append(what))
    inputs = arrays(finish_inputs(FIXED, MOVING))
    (before,) = server.infer(FINISH_FIELD, inputs)
    first.down()
    later: list[Bridge] = []
    threading.Timer(1.0, lambda: later.append(Bridge(port, to_port))).start()
    (after,) = server.infer(FINISH_FIELD, inputs)
    later[0].down()
    assert np.array_equal(before, after)
    assert [outcome for _, _, outcome in seen] == ["ok", "ok"]
    assert seen[1][1] > 0.9


def test_a_server_that_forgot_the_scans_is_told_again(triton):
    pair, server = scans(*SIZES[0]), ModelServer(triton.url)
    compared = torch.ones_like(pair.fixed, dtype=torch.bool)
    with connected(server, shared=True).open(pair) as opened:
        first = opened.finish(start(pair), compared, FinishSettings())
        server.client.unregister_system_shared_memory()  # as a restart does
        again = opened.finish(start(pair), compared, FinishSettings())
    assert torch.equal(first.values, again.values)


def test_shared_memory_is_freed_and_has_no_name_that_could_outlive_its_worker(triton):
    pair, server = scans(*SIZES[0]), ModelServer(triton.url)
    with contextlib.suppress(KeyError), connected(server, shared=True).open(pair) as opened:
        opened.match(*both(pair))
        assert server.client.get_system_shared_memory_status(as_json=True)["regions"]
        assert not list(Path("/dev/shm").glob("kernelreg-pair-*"))
        raise KeyError
    assert not server.client.get_system_shared_memory_status(as_json=True)


def test_pairs_at_the_same_time_do_not_mix(triton):
    pairs, engine = [scans(*SIZES[i % 2], seed=i) for i in range(6)], connected(ModelServer(triton.url), shared=True)

    def displacement(pair):
        with engine.open(pair) as opened:
            return opened.match(*both(pair)).displacement

    alone = [displacement(pair) for pair in pairs]
    with ThreadPoolExecutor(len(pairs)) as pool:
        together = list(pool.map(displacement, pairs))
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))


def test_a_pair_that_cannot_be_computed_ends_that_call_alone(triton):
    server = ModelServer(triton.url)
    inputs = arrays(match_inputs(FIXED, MOVING, 40))
    broken = [*inputs[:5], np.full_like(inputs[5], 10_000), inputs[6]]
    failed = refused(lambda: server.infer(MATCH_SCAN, broken))
    assert failed.code == "model-failed"
    assert failed.message == "The model server could not compute this pair; its log says why."
    flat = [inputs[0][0], *inputs[1:]]
    assert refused(lambda: server.infer(MATCH_SCAN, flat)).code == "model-mismatch"
    assert server.infer(MATCH_SCAN, inputs)[0].shape == (40, 3)
