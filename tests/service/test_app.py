"""What concerns every path: problems, health, metrics, keys, hosts, limits, logs, and the written description."""

import json
import logging
from pathlib import Path

import pytest

import service.errors
from jobs import figures
from jobs.adapters.memory import MemoryCache
from jobs.errors import CODES as JOB_CODES
from jobs.errors import StoreUnavailableError
from jobs.messages import QueueName
from pacs.errors import CODES as PACS_CODES
from registration.errors import CODES as METHOD_CODES
from service.corrections.schemas import CorrectionsIn
from service.evaluation.schemas import EvaluationIn
from service.openapi import FILE, bare_app, text
from service.points.endpoints import PointsIn
from service.registrations.schemas import RegistrationIn
from service.settings import Limits, SettingsError, from_environment
from tests.builders.problems import assert_problem

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "status"),
    [
        ("GET", "/v1/nothing-here", None, "path-not-found", 404),
        ("GET", "/index.php", None, "path-not-found", 404),
        ("PUT", "/v1/registrations", b"{}", "method-not-allowed", 405),
        ("POST", "/v1/registrations", b"{", "body-unreadable", 400),
        ("POST", "/v1/registrations", b"\xff\xfe", "body-unreadable", 400),
        ("POST", "/v1/registrations", b"[]", "validation-failed", 422),
        ("POST", "/v1/registrations", b"", "validation-failed", 422),
        ("GET", "/v1/registrations/nothing", None, "registration-not-found", 404),
        ("DELETE", "/v1/registrations/nothing", None, "registration-not-found", 404),
        ("GET", "/v1/series/nothing", None, "series-not-found", 404),
        ("GET", "/v1/registrations?limit=0", None, "validation-failed", 422),
        ("GET", "/problems/no-such-code", None, "path-not-found", 404),
    ],
)
def test_every_refusal_is_a_problem_document(client, method, path, body, code, status):
    assert_problem(client.request(method, path, content=body, headers=JSON), code, status)


def test_a_refusal_never_quotes_the_request(client):
    body = json.dumps({"fixed": "SECRET^NAME", "moving": {"study": "SECRET^NAME"}, "preset": "SECRET"})
    answer = client.post("/v1/registrations", content=body, headers=JSON)
    assert "SECRET" not in assert_problem(answer, "validation-failed")["detail"] + answer.text


def test_an_accident_is_a_problem_without_insides(client, ports, caplog):
    def broken(job_id):
        raise ValueError("PATIENT^NAME at /home/someone")

    ports.jobs.get = broken
    with caplog.at_level(logging.INFO, "kernelreg"):
        answer = client.get("/v1/registrations/0")
    assert_problem(answer, "internal", 500)
    assert "PATIENT" not in answer.text + json.dumps([vars(r) for r in caplog.records], default=str)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_huge_request_is_refused(make_client, chunked):
    client = make_client(limits={"request_bytes": 1000})
    body = b'{"fixed": "' + b"x" * 5000 + b'"}'
    answer = client.post("/v1/registrations", content=iter([body[:900], body[900:]]) if chunked else body, headers=JSON)
    assert_problem(answer, "body-too-large", 413)


def test_live_and_ready_are_different_questions(client, ports):
    assert client.get("/healthz").json() == {"status": "live"}
    assert client.get("/readyz").status_code == 200
    ports.presence.beat(QueueName.REFINE, 0.0, {})
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"] == {
        "job-store": "ok",
        "artefacts": "ok",
        "worker-register": "ok",
        "worker-refine": "worker-busy",
        "worker-render": "ok",
    }


def test_a_model_server_that_does_not_answer_is_named(client, ports):
    ports.presence.beat(QueueName.REGISTER, 60, {"model-server": "ok"})
    assert client.get("/readyz").json()["parts"]["model-server"] == "ok"
    ports.presence.beat(QueueName.REGISTER, 60, {"model-server": "model-server-unavailable"})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["model-server"]) == (503, "model-server-unavailable")


def test_a_lost_artefact_folder_is_named(client, tmp_path):
    (tmp_path / "data" / "staging").rename(tmp_path / "elsewhere")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["artefacts"]) == (503, "not writable")


def test_metrics_count_requests_by_route(client, pair):
    client.post("/v1/registrations", json=pair)
    told = client.get("/metrics").text
    assert 'kernelreg_requests_total{method="POST",route="/v1/registrations",status="202"} 1.0' in told
    assert 'kernelreg_unfinished_jobs{state="queued"} 1.0' in told
    assert pair["fixed"] not in told


def test_metrics_of_the_workers_are_told_too(client, job, ports):
    ports.figures.count(figures.CACHE, outcome="hit")
    ports.figures.observe(figures.MODEL, 0.2, model="match_pair", outcome="ok")
    ports.figures.send()
    told = client.get("/metrics").text
    assert 'kernelreg_jobs_ended_total{code="ok",state="succeeded"} 1.0' in told
    assert 'kernelreg_stage_seconds_count{stage="matching"} 1.0' in told
    assert "kernelreg_job_wait_seconds_count 1.0" in told
    assert 'kernelreg_model_seconds_bucket{le="0.25",model="match_pair",outcome="ok"} 1.0' in told
    assert 'kernelreg_model_seconds_bucket{le="0.1",model="match_pair",outcome="ok"} 0.0' in told
    assert 'kernelreg_cache_reads_total{outcome="hit"} 1.0' in told
    assert 'kernelreg_queue_waiting{queue="refine"} 0.0' in told
    assert 'kernelreg_workers_alive{queue="render"} 1.0' in told
    assert "# HELP kernelreg_stage_seconds Time of each stage" in told


def test_a_cache_that_is_away_is_told_but_nothing_needs_it(make_client, ports):
    class Away(MemoryCache):
        def ping(self):
            raise StoreUnavailableError("cache")

    object.__setattr__(ports, "cache", Away())
    answer = make_client().get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["cache"]) == (200, "store-unavailable")


def test_invented_methods_are_counted_as_one(client):
    for number in range(3):
        client.request(f"SEIZE{number}", "/v1/registrations")
    assert "SEIZE" not in (told := client.get("/metrics").text)
    assert 'method="other"' in told


def test_models_are_those_of_living_workers(client):
    assert client.get("/v1/models").json()["items"] == [{"name": "shift", "version": "1", "weights_sha256": ""}]


def test_other_hosts_names_are_refused_without_keys(client, make_client):
    assert_problem(client.get("/v1/registrations", headers={"Host": "evil.example"}), "host-not-allowed", 421)
    guarded = make_client(api_keys={"k" * 20: "ann"})
    answer = guarded.get("/v1/registrations", headers={"Host": "scans.example", "X-API-Key": "k" * 20})
    assert answer.status_code == 200
    assert guarded.get("/healthz", headers={"Host": "scans.example"}).status_code == 200


def test_a_network_needs_keys():
    with pytest.raises(SettingsError, match="KERNELREG_API_KEYS"):
        from_environment({"KERNELREG_DATA_DIR": "/d", "KERNELREG_HOST": "0.0.0.0"})
    with pytest.raises(SettingsError, match="16 characters"):
        from_environment({"KERNELREG_DATA_DIR": "/d", "KERNELREG_API_KEYS": "ann:short"})


def test_settings_come_from_the_environment(tmp_path):
    file = tmp_path / "keys"
    file.write_text("# people\nbob:" + "b" * 20 + "\n\n")
    settings = from_environment(
        {
            "KERNELREG_DATA_DIR": "/d",
            "KERNELREG_HOST": "0.0.0.0",
            "KERNELREG_PORT": "81",
            "KERNELREG_API_KEYS": "ann:" + "a" * 20,
            "KERNELREG_API_KEYS_FILE": str(file),
            "KERNELREG_LIMIT_QUEUED": "7",
        }
    )
    assert settings.api_keys == {"a" * 20: "ann", "b" * 20: "bob"}
    assert (settings.port, settings.limits) == (81, Limits(queued=7))
    assert "aaaa" not in repr(settings)


def test_every_code_has_one_title_and_a_status():
    families = [METHOD_CODES, JOB_CODES, PACS_CODES, service.errors.SERVICE_CODES]
    assert len(service.errors.TITLES) == sum(map(len, families))
    assert set(service.errors.STATUS) == set(service.errors.TITLES)
    assert set(service.errors.RETRY_AFTER_S) <= set(service.errors.TITLES)


def test_every_code_is_explained_where_its_type_points(client):
    for code, title in service.errors.TITLES.items():
        assert client.get(f"/problems/{code}").json()["title"] == title


def test_the_written_description_is_the_code():
    root = Path(__file__).parents[2]
    assert (root / FILE).read_text() == text(bare_app()), "run: make openapi"


def test_every_code_that_http_can_give_is_described():
    described = text(bare_app())
    never = {"scan-not-found", "preset-unknown", "table-unreadable", "cancelled", "claim-lost", "result-unreadable"}
    never |= {
        "weights-invalid",
        "worker-lost",
        "job-too-long",
        "scans-do-not-overlap",
        "too-few-keypoints",
        "mask-empty",
    }
    never |= {"model-server-unavailable", "model-mismatch", "model-failed"}
    never |= {"path-not-found", "method-not-allowed", "client-error"}
    never |= {"detector-unknown", "detector-not-installed", "weights-missing"}
    never |= {"config-invalid", "data-set-invalid", "training-diverged", "object-unknown"}
    never |= {"figure-undefined", "method-unknown", "prediction-invalid"}
    never |= {"field-values-invalid", "pacs-series-not-found", "pacs-series-too-large"}
    assert [code for code in service.errors.TITLES if code not in never and f"`{code}`" not in described] == []


@pytest.mark.parametrize("schema", [RegistrationIn, CorrectionsIn, PointsIn, EvaluationIn])
def test_the_examples_of_the_description_are_valid_requests(schema):
    for example in schema.model_json_schema()["examples"]:
        schema.model_validate(example)


def test_the_docs_page_is_there(client):
    assert client.get("/docs").status_code == 200
    assert client.get("/openapi.json").status_code == 200
