"""A served model's tensors become the text of its `config.pbtxt`, and the rows of the repository's README."""

from __future__ import annotations

from collections.abc import Sequence

from registration.served.specs import VERSION, ServedModel, TensorSpec

FINGERPRINT = "kernelreg_sha256"
"""The parameter that holds the fingerprint of `model.pt`."""
SETTINGS = {
    "INFERENCE_MODE": "true",
    "DISABLE_OPTIMIZED_EXECUTION": "true",  # specialising for shapes that every pair has of its own gains nothing
}


def configuration(model: ServedModel, sha256: str) -> str:
    """Any shape, CPU or GPU as the server finds it, warmed up, one pair at a time, this one version."""
    settings = SETTINGS | {FINGERPRINT: sha256}
    lines = [
        f'name: "{model.name}"',
        'backend: "pytorch"',
        "max_batch_size: 0",
        *_tensors("input", model.inputs),
        *_tensors("output", model.outputs),
        f"instance_group [ {{ kind: KIND_AUTO count: {model.instances} }} ]",
        f"version_policy {{ specific {{ versions: [ {VERSION} ] }} }}",
        *(f'parameters {{ key: "{k}" value {{ string_value: "{v}" }} }}' for k, v in settings.items()),
        *_warm_up(model),
    ]
    return "\n".join(lines) + "\n"


def _tensors(kind: str, specs: Sequence[TensorSpec]) -> list[str]:
    rows = [f'  {{ name: "{s.name}" data_type: TYPE_{s.dtype} dims: {list(s.shape)} }}' for s in specs]
    return [f"{kind} [", ",\n".join(rows), "]"]


def _warm_up(model: ServedModel) -> list[str]:
    """A small pair of flat images; what may not be zero is read from the model's `warmup` folder."""
    rows = []
    for spec in model.inputs:
        source = f'input_data_file: "{spec.name}"' if spec.name in model.warm_up else "zero_data: true"
        value = f"data_type: TYPE_{spec.dtype} dims: {list(spec.like)} {source}"
        rows.append(f'    inputs {{ key: "{spec.name}" value {{ {value} }} }}')
    return ["model_warmup [ {", '    name: "small pair" batch_size: 1', *rows, "} ]"]


def table(models: Sequence[ServedModel]) -> str:
    """Models and tensors in Markdown."""
    rows = ["| model | tensor | shape | type | unit | what |", "|---|---|---|---|---|---|"]
    for model in models:
        for spec in (*model.inputs, *model.outputs):
            cells = (f"`{model.name}`", f"`{spec.name}`", f"`{list(spec.shape)}`", spec.dtype, spec.unit, spec.meaning)
            rows.append(f"| {' | '.join(cells)} |")
    callers = [f"| `{model.name}` | {model.caller} |" for model in models]
    return "\n".join([*rows, "", "| model | caller |", "|---|---|", *callers]) + "\n"
