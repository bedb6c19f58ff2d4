"""Environment -> settings of a worker process."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from jobs.adapters.artefacts import COPIES_BYTES
from jobs.adapters.caches import TTL_S
from jobs.adapters.celery_queue import VISIBILITY_TIMEOUT_S
from jobs.messages import QueueName
from jobs.redis_url import with_password
from pacs.settings import Archives
from pacs.settings import from_environment as configured_archives

LONGEST_JOB_S = 3600.0


@dataclass(frozen=True)
class WorkerSettings:
    """Which queue to serve, where the artefacts lie, where Redis answers."""

    queue: QueueName
    data_dir: Path
    redis_url: str
    artefacts: str = ""
    copies_bytes: int = COPIES_BYTES
    job_limit_s: float = LONGEST_JOB_S
    """How long one registration may take."""
    cache_url: str = ""
    cache_ttl_s: int = TTL_S
    triton_url: str = ""
    """host:port of a model server's gRPC; empty: the method is computed in the worker."""
    archives: Archives = field(default_factory=Archives)
    """The PACS that the transfer worker speaks to."""


def from_environment(queue: QueueName) -> WorkerSettings:
    """KERNELREG_DATA_DIR, _REDIS_URL, _REDIS_PASSWORD_FILE, _ARTEFACTS, _COPIES_BYTES, _CACHE_URL, _CACHE_TTL_S,
    _TRITON_URL,
    _JOB_LIMIT_S (at most half the time after which an unacknowledged message comes back); _PACS_FILE for the transfer
    worker, which raises PacsSettingsError."""
    return WorkerSettings(
        queue,
        Path(os.environ["KERNELREG_DATA_DIR"]),
        with_password(os.environ["KERNELREG_REDIS_URL"], os.environ.get("KERNELREG_REDIS_PASSWORD_FILE")),
        os.environ.get("KERNELREG_ARTEFACTS", ""),
        int(os.environ.get("KERNELREG_COPIES_BYTES") or COPIES_BYTES),
        min(float(os.environ.get("KERNELREG_JOB_LIMIT_S") or LONGEST_JOB_S), VISIBILITY_TIMEOUT_S / 2),
        with_password(os.environ.get("KERNELREG_CACHE_URL", ""), os.environ.get("KERNELREG_REDIS_PASSWORD_FILE")),
        int(os.environ.get("KERNELREG_CACHE_TTL_S") or TTL_S),
        os.environ.get("KERNELREG_TRITON_URL", ""),
        configured_archives(os.environ) if queue is QueueName.TRANSFER else Archives(),
    )
