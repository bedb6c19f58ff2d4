"""The address of a model server -> the question whether it is ready."""

from __future__ import annotations

from collections.abc import Callable

from jobs.errors import JobError

HEALTH_S = 2.0


def health_of(triton_url: str) -> Callable[[], None] | None:
    """Raises `model-server-unavailable` whenever the server at `triton_url` is not ready; None where there is none."""
    if not triton_url:
        return None
    from tritonclient.utils import InferenceServerException

    from worker.engines.server import ModelServer

    client = ModelServer(triton_url).client

    def health() -> None:
        try:
            ready = client.is_server_ready(client_timeout=HEALTH_S)
        except InferenceServerException:
            ready = False
        if not ready:
            raise JobError("model-server-unavailable", f"The model server at {triton_url} is not ready.")

    return health
