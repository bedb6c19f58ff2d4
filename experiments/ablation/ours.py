"""Variants of the method that registers by default: the learned kernel taken apart, and the whole without one part."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.cases import Case
from experiments.ablation.method import Group, Method, Row, described
from registration.features.learned import trained_encoder
from registration.field.displacement import DisplacementField
from registration.kernel.gaussian import TwoScaleGaussian
from registration.kernel.thin_plate import ThinPlateSpline
from registration.kernel.trained import trained_kernel
from registration.kernel.variants import SingleGaussian, WithoutStatistics, constant
from registration.model import VERSION, Kernel, Model, default_model
from registration.register import register
from registration.result import ModelIdentity

GAUSSIAN_MM, SPLINE_MM = 8.0, 10.0
"""The best single width on real pairs; a smoothing of about the keys' own spacing."""
SHARE = 0.3
"""The encoder's part of the cost beside MIND-SSC, as measured in registration/weights/encoder-small.md."""

IDENTITY = ModelIdentity("kernelreg-ablation", VERSION, "")


def kernel_group() -> Group:
    """The learned kernel without one of its parts, and others in its place; nothing finished on the images."""
    return Group(
        "Our learned kernel by itself, without the finish",
        (
            _of_kernel("attention-alone", "attention, statistics, local linear", _attention),
            _of_kernel(
                "no-statistics", "keys without the matcher's statistics", lambda: WithoutStatistics(_attention())
            ),
            _of_kernel("constant", "constant in the local-linear sum's place", lambda: constant(trained_kernel()[0])),
            _of_kernel("gaussians-alone", "two Gaussians, 12 and 6 mm", TwoScaleGaussian),
            _of_kernel("gaussian-alone", f"one Gaussian, {GAUSSIAN_MM:g} mm", lambda: SingleGaussian(GAUSSIAN_MM)),
            _of_kernel("spline-alone", "thin-plate spline", lambda: ThinPlateSpline(SPLINE_MM)),
        ),
    )


def whole_group() -> Group:
    """The default, and with one thing changed: kernel, features, finish."""
    handmade = _is_handmade(default_model())
    return Group(
        "Ours, whole",
        (
            Row("default", f"default: MIND-SSC, {_NAMES[handmade]}, finish", lambda: _method(default_model())),
            Row("other-kernel", f"{_NAMES[not handmade]} for the kernel", lambda: _method(_with(_other_kernel()))),
            Row("features-learned", "learned features for MIND-SSC", lambda: _method(_featured(1.0))),
            Row("features-both", f"learned features beside MIND-SSC, {SHARE:g}", lambda: _method(_featured(SHARE))),
            Row("no-finish", "without the finish", lambda: _method(default_model(), finish=False)),
        ),
    )


_NAMES = {True: "two Gaussians", False: "attention"}


def _is_handmade(model: Model) -> bool:
    return isinstance(model.kernel, TwoScaleGaussian)


def _other_kernel() -> Kernel:
    """The learned kernel where the default is the hand-made one, and the other way round."""
    return _attention() if _is_handmade(default_model()) else TwoScaleGaussian()


def _of_kernel(name: str, title: str, kernel: Callable[[], Kernel]) -> Row:
    return Row(name, title, lambda: _method(_with(kernel()), finish=False))


def _attention() -> Kernel:
    return trained_kernel()[0]


def _with(kernel: Kernel) -> Model:
    """The default with another kernel."""
    usual = default_model()
    return Model(kernel, IDENTITY, usual.encoder, usual.encoder_weight)


def _featured(share: float) -> Model:
    """The default with the shipped encoder at this part of the cost."""
    return Model(default_model().kernel, IDENTITY, trained_encoder()[0], share)


def _method(model: Model, *, finish: bool = True) -> Method:
    """Registration with this model."""

    def registered(case: Case) -> DisplacementField:
        return register(case.fixed, case.moving, preset=case.preset, model=model, finish=finish).field

    return Method(registered, {"kernelreg": VERSION, "model": described(model), "finish": finish})
