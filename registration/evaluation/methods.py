"""A name becomes a registration method: the one kind of object that a prediction needs, ours or a peer's.

A peer is a function `preset -> Method` in any module: `--method package.module:function`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

import numpy as np

from registration.errors import MethodError
from registration.field.displacement import DisplacementField
from registration.presets import preset_named
from registration.volume import Volume


@dataclass(frozen=True)
class Method:
    """register: two scans -> the field, fixed to moving, on the fixed grid. settings: all that decides it, JSON-ready.

    It may raise MethodError: the case counts as failed and the others go on.
    """

    settings: dict[str, Any]
    register: Callable[[Volume, Volume], DisplacementField]


Maker = Callable[[str], Method]


def method_named(name: str, preset: str = "auto") -> Method:
    """The method of this name, ready, for scans of this preset.

    Raises MethodError `method-unknown`, `preset-unknown`, `weights-invalid`.
    """
    maker = METHODS.get(name) or _elsewhere(name)
    return maker(preset_named(preset).name)


def identity(_preset: str) -> Method:
    """Nothing moves: what every error begins with."""
    return Method({}, lambda fixed, _: DisplacementField(np.zeros((*fixed.grid.shape, 3), np.float32), fixed.grid))


def _ours(preset: str, *, learned: bool = False, finish: bool = True) -> Method:
    from registration.model import default_model, learned_model
    from registration.register import register

    model = learned_model() if learned else default_model()
    settings = {"model": asdict(model.identity), "preset": preset, "finish": finish}
    return Method(settings, lambda a, b: register(a, b, preset=preset, model=model, finish=finish).field)


def _pyramid(preset: str) -> Method:
    """The paper's form with the shipped weights; `abdomen` takes the protocol of the liver."""
    from registration.pyramid.register import register_pyramid
    from registration.pyramid.shipped import shipped_pyramid

    network, sha256 = shipped_pyramid("liver" if preset == "abdomen" else "nlst")
    settings = {"model": {"name": "pyramid-both", "weights_sha256": sha256}, "protocol": network.config.protocol}
    return Method(settings, lambda a, b: register_pyramid(a, b, network, weights_sha256=sha256).field)


METHODS: dict[str, Maker] = {
    "default": _ours,
    "learned": lambda preset: _ours(preset, learned=True),
    "unfinished": lambda preset: _ours(preset, finish=False),
    "learned-unfinished": lambda preset: _ours(preset, learned=True, finish=False),
    "pyramid": _pyramid,
    "identity": identity,
}
"""By the names that `kernelreg predict --method` takes."""


def _elsewhere(name: str) -> Maker:
    """The function that `module:function` names."""
    module, _, function = name.partition(":")
    try:
        maker: Maker = getattr(import_module(module), function) if function else None  # type: ignore[assignment]
    except (ImportError, AttributeError) as error:
        raise MethodError("method-unknown", f"{name!r} cannot be loaded: {error}.") from error
    if maker is None:
        known = ", ".join(METHODS)
        raise MethodError("method-unknown", f"No method is called {name!r}; there are {known}, or MODULE:FUNCTION.")
    return maker
