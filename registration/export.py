"""Served modules become what Triton reads: `python -m registration.export [FOLDER]`.

FOLDER/<model>/config.pbtxt       tensors, warm-up, the fingerprint of model.pt
FOLDER/<model>/1/model.pt         TorchScript
FOLDER/<model>/warmup/<input>     values to warm up with

The fingerprints also go into the package, where workers read what to expect of a server.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import torch

from registration.served.configuration import configuration
from registration.served.expected import FILE as EXPECTED
from registration.served.expected import expected_fingerprints, expected_text
from registration.served.fingerprint import fingerprint
from registration.served.specs import MODELS, VERSION, ServedModel

REPOSITORY = Path("model_repository")


def export(model: ServedModel, repository: Path = REPOSITORY) -> str:
    """Write the model's TorchScript file, configuration and warm-up values; returns its fingerprint."""
    folder = repository / model.name
    path = folder / str(VERSION) / "model.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TorchScript is what Triton's pytorch backend reads
        torch.jit.save(torch.jit.script(model.module().eval()), str(path))
    sha256 = fingerprint(path)
    (folder / "config.pbtxt").write_text(configuration(model, sha256))
    (folder / "warmup").mkdir(exist_ok=True)
    for name, values in model.warm_up.items():
        (folder / "warmup" / name).write_bytes(np.ascontiguousarray(values, "<f8").tobytes())
    return sha256


def main() -> None:
    """Export every model and say which it is; into the project's own repository, note what workers are to expect.

    Elsewhere (an image, a server's folder) models that workers would not accept end with an error.
    """
    repository = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY
    found = {model.name: export(model, repository) for model in MODELS}
    for name, sha256 in found.items():
        sys.stdout.write(f"{repository / name}  {sha256}\n")
    if found == expected_fingerprints():
        return
    if repository != REPOSITORY:
        sys.exit("These models are not the ones that workers of this code expect. Run `make models` first.")
    EXPECTED.write_text(expected_text(found))
    sys.stdout.write(f"{EXPECTED.name} follows; commit it with the configurations.\n")


if __name__ == "__main__":
    main()
