"""`python -m service.openapi`: the description of the API, from the code into openapi/openapi.json, always the same."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI

from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.adapters.memory import MemoryJobs, MemoryLeases, MemoryQueue
from jobs.ports import Ports
from service.app import create_app
from service.errors import TITLES
from service.openapi_parts import Problem, example
from service.settings import Settings

FILE = Path("openapi") / "openapi.json"


def document(app: FastAPI) -> dict[str, Any]:
    """The description, with the one problem schema and without the framework's own."""
    found = app.openapi()
    schemas = found["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    found["components"]["examples"] = {code: {"value": example(code)} for code in sorted(TITLES)}
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path in found["paths"].values():
        for operation in path.values():
            _describe_invalid(operation["responses"])
    return found


def _describe_invalid(responses: dict[str, Any]) -> None:
    """The framework promises its own 422 everywhere; ours is a problem document."""
    invalid = responses.get("422", {})
    if "application/json" in invalid.get("content", {}):
        del responses["422"]


def text(app: FastAPI) -> str:
    """The description as it is kept: sorted, two spaces, one final newline."""
    return json.dumps(document(app), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    """Write the file, or the one named."""
    target = Path(arguments[0]) if arguments else FILE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text(bare_app()))


def bare_app() -> FastAPI:
    """The application without anything behind it."""
    nothing = cast(DiskArtefacts, None)
    leases = MemoryLeases()
    return create_app(Settings(data_dir=Path()), Ports(MemoryJobs(), nothing, MemoryQueue(), leases, leases))


if __name__ == "__main__":
    main(sys.argv[1:])
