"""Environment -> settings of a worker process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from jobs.messages import QueueName


@dataclass(frozen=True)
class WorkerSettings:
    """Which queue to serve, where the artefacts lie, where Redis answers."""

    queue: QueueName
    data_dir: Path
    redis_url: str


def from_environment(queue: QueueName) -> WorkerSettings:
    """KERNELREG_DATA_DIR and KERNELREG_REDIS_URL."""
    return WorkerSettings(queue, Path(os.environ["KERNELREG_DATA_DIR"]), os.environ["KERNELREG_REDIS_URL"])
