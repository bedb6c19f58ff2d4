"""What a model server says of a model, compared with what this code was made for: version, fingerprint, tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from registration.served.configuration import FINGERPRINT
from registration.served.specs import VERSION, ServedModel

Answer = Mapping[str, Any]
"""A message of the server as JSON."""


def misfits(model: ServedModel, sha256: str, metadata: Answer, config: Answer) -> Iterator[str]:
    """What does not fit, one sentence each. sha256: the fingerprint that belongs to this code."""
    if str(VERSION) not in metadata.get("versions", ()):
        yield f"expected version {VERSION}, got {list(metadata.get('versions', ()))}"
    found = config.get("parameters", {}).get(FINGERPRINT, {}).get("string_value", "none")
    if found != sha256:
        yield f"expected fingerprint {sha256[:12]}, got {found[:12]}"
    for kind, specs in (("inputs", model.inputs), ("outputs", model.outputs)):
        expected = {spec.name: (spec.dtype, list(spec.shape)) for spec in specs}
        served = {t["name"]: (t["datatype"], [int(n) for n in t.get("shape", ())]) for t in metadata.get(kind, ())}
        for name in sorted(expected.keys() | served.keys()):
            if expected.get(name) != served.get(name):
                yield f"{kind} {name}: expected {_said(expected.get(name))}, got {_said(served.get(name))}"


def _said(tensor: tuple[str, list[int]] | None) -> str:
    return f"{tensor[0]} {tensor[1]}" if tensor else "none"
