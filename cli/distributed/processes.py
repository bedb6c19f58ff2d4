"""How many of each -> the processes of the distributed set: two Redis, a model server, workers, the front door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.distributed.model_server import model_server
from cli.embedded.children import Child
from cli.embedded.redis_server import FORGETFUL, command
from cli.embedded.supervisor import child_environment, receivers, redis_child, redis_url, service_child, worker_child
from jobs.messages import QueueName
from service.settings import Settings

BROKER, CACHE = "redis-broker", "redis-cache"


@dataclass(frozen=True)
class Set:
    """What is to run: settings, the binary of Redis, the listening socket, workers by queue.

    triton_url: host:port of a model server that runs already; empty starts one, None has workers compute by themselves.
    dicom_port: where DICOM is received, None when it is not.
    """

    settings: Settings
    redis: Path
    listener: int
    workers: Mapping[QueueName, int]
    triton_url: str | None
    dicom_port: int | None = None


def processes(wanted: Set, sockets: Path) -> list[Child]:
    """The children in the order of their start; each is told where the others answer."""
    data_dir = wanted.settings.data_dir
    broker = redis_child(BROKER, data_dir, sockets, command(wanted.redis))
    cache = redis_child(CACHE, data_dir, sockets, command(wanted.redis, FORGETFUL))
    environment = child_environment(wanted.settings, redis_url(sockets, BROKER))
    environment["KERNELREG_CACHE_URL"] = redis_url(sockets, CACHE)
    servers = [broker, cache]
    if wanted.triton_url == "":
        triton, environment["KERNELREG_TRITON_URL"] = model_server(data_dir)
        servers.append(triton)
    else:
        environment["KERNELREG_TRITON_URL"] = wanted.triton_url or ""
    doors = [service_child(wanted.listener, environment), *receivers(wanted.dicom_port, environment)]
    return [*servers, *workers(wanted.workers, environment), *doors]


def workers(counts: Mapping[QueueName, int], environment: dict[str, str]) -> list[Child]:
    """The workers of every queue, numbered from 1."""
    return [
        worker_child(queue, f"worker-{queue}-{number}", environment)
        for queue, count in counts.items()
        for number in range(1, count + 1)
    ]
