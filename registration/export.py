"""Trained modules become TorchScript files that Triton serves: `python -m registration.export [FOLDER]`.

Each model's folder holds what Triton reads and nothing else: `config.pbtxt` and `1/model.pt`. The tensors' shapes and
meanings are stated once, below; the configurations and the README's table are written from them.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from registration.features.learned import trained_encoder
from registration.kernel.attention import AttentionKernel
from registration.kernel.learned import KEY_FEATURES
from registration.kernel.trained import trained_kernel

REPOSITORY = Path("model_repository")


@dataclass(frozen=True)
class TensorSpec:
    """One tensor at a model's door: float32 of `shape`, -1 where any size goes."""

    shape: tuple[int, ...]
    meaning: str


@dataclass(frozen=True)
class ServedModel:
    """A model by the name under which it is served, and how to build its module with the shipped weights."""

    name: str
    build: Callable[[], nn.Module]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


class KeyReliability(nn.Module):
    """r(y) of the kernel's keys: once per set of keys, apart from the weights of the queries."""

    def __init__(self, kernel: AttentionKernel) -> None:
        super().__init__()
        self.mean, self.scale = nn.Buffer(kernel.feature_mean), nn.Buffer(kernel.feature_scale)
        self.network = kernel.reliability

    def forward(self, features: Tensor) -> Tensor:
        """Logits (N,) of features (N, F)."""
        logits: Tensor = self.network(((features - self.mean) / self.scale).clamp(-4.0, 4.0))
        return logits[:, 0]


QUERY_SHAPE, KEY_SHAPE = (-1, -1, 3), (-1, -1)

MODELS = (
    ServedModel(
        "feature_pyramid",
        lambda: trained_encoder("small")[0],
        (TensorSpec((1, 1, -1, -1, -1), "image (1, 1, z, y, x), windowed to [0, 1]"),),
        tuple(
            TensorSpec((1, -1, -1, -1, -1), f"unit features (1, C, z, y, x) on every {n} working voxel")
            for n in ("single", "2nd", "4th", "8th", "16th")
        ),
    ),
    ServedModel(
        "key_reliability",
        lambda: KeyReliability(trained_kernel()[0].network).eval(),
        (TensorSpec((-1, KEY_FEATURES), "features of the keys (N, F)"),),
        (TensorSpec((-1,), "reliability logits r(y) (N,)"),),
    ),
    ServedModel(
        "kernel_weights",
        lambda: trained_kernel()[0].network,
        (
            TensorSpec(QUERY_SHAPE, "y - x (Q, K, 3), mm, nearest key first"),
            TensorSpec(QUERY_SHAPE, "d(y) (Q, K, 3), mm"),
            TensorSpec(KEY_SHAPE, "r(y) (Q, K)"),
        ),
        (
            TensorSpec((-1, 3), "d(x) (Q, 3), mm"),
            TensorSpec(KEY_SHAPE, "weights (Q, K), each row adds up to one"),
            TensorSpec(KEY_SHAPE, "attention scores (Q, K)"),
        ),
    ),
)


def export(model: ServedModel, repository: Path = REPOSITORY) -> Path:
    """Write the model's TorchScript file and configuration; returns the TorchScript file's path."""
    path = repository / model.name / "1" / "model.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    (repository / model.name / "config.pbtxt").write_text(configuration(model))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TorchScript is what Triton's pytorch backend reads
        torch.jit.save(torch.jit.script(model.build()), str(path))
    return path


def configuration(model: ServedModel) -> str:
    """The text of `config.pbtxt`: any shape, CPU or GPU as the server finds it, no batching across requests."""
    tensors = [
        f'{kind.lower()} [ {{ name: "{kind}__{i}" data_type: TYPE_FP32 dims: {list(spec.shape)} }} ]'
        for kind, specs in (("INPUT", model.inputs), ("OUTPUT", model.outputs))
        for i, spec in enumerate(specs)
    ]
    head = [f'name: "{model.name}"', 'platform: "pytorch_libtorch"', "max_batch_size: 0"]
    tail = [
        "instance_group [ { kind: KIND_AUTO } ]",
        'parameters { key: "INFERENCE_MODE" value { string_value: "true" } }',
        'parameters { key: "DISABLE_OPTIMIZED_EXECUTION" value { string_value: "true" } }',
    ]
    return "\n".join([*head, *tensors, *tail]) + "\n"


def table() -> str:
    """The README's table of models and tensors, in Markdown."""
    rows = ["| model | tensor | shape | what |", "|---|---|---|---|"]
    for model in MODELS:
        for kind, specs in (("INPUT", model.inputs), ("OUTPUT", model.outputs)):
            for i, spec in enumerate(specs):
                rows.append(f"| `{model.name}` | `{kind}__{i}` | `{list(spec.shape)}` | {spec.meaning} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Export every model and say where it lies."""
    repository = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY
    for model in MODELS:
        path = export(model, repository)
        sys.stdout.write(f"{path}  {path.stat().st_size / 1e3:.0f} kB\n")


if __name__ == "__main__":
    main()
