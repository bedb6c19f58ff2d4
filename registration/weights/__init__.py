"""Names become trained weights: the safetensors files beside this one, each with a model card of the same name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from registration.errors import MethodError

FOLDER = Path(__file__).parent
Weights = dict[str, Tensor]


def available_weights() -> list[str]:
    """The names of the weights that are shipped."""
    return sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def load_weights(name: str, *, folder: Path = FOLDER) -> tuple[Weights, str]:
    """The weights called `name` and the SHA-256 of their file, by which results say what made them.

    Raises MethodError `weights-invalid` when there is no such file or it holds no tensors.
    """
    path = folder / f"{name}.safetensors"
    if not path.is_file():
        raise MethodError(
            "weights-invalid", f"No weights are called {name!r}; there are {', '.join(available_weights()) or 'none'}."
        )
    content = path.read_bytes()
    try:
        return load(content), hashlib.sha256(content).hexdigest()
    except SafetensorError as error:
        raise MethodError("weights-invalid", f"{path.name} is no safetensors file: {error}.") from error


def fit_weights(model: nn.Module, weights: Weights, name: str) -> None:
    """Put the weights into the model; MethodError `weights-invalid` unless every tensor has its place and shape."""
    expected, found = ({k: tuple(v.shape) for k, v in w.items()} for w in (model.state_dict(), weights))
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            shapes = f"expected {expected.get(key, 'no such tensor')}, got {found.get(key, 'none')}"
            raise MethodError("weights-invalid", f"Weights {name!r} do not fit the model at {key}: {shapes}.")
    model.load_state_dict(weights)
