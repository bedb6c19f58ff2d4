"""The shipped model: every cause of doubt counts for more error and a wider bound, never for less."""

import pytest
import torch

from registration.confidence.bounds import expected_error_mm
from registration.confidence.causes import CAUSES
from registration.confidence.model import CalibratedModel, calibrated_model
from registration.errors import MethodError
from registration.geometry import Grid
from registration.sampling import ChannelMap


@pytest.fixture(scope="module")
def model() -> CalibratedModel:
    return calibrated_model()


def said(model: CalibratedModel, causes: torch.Tensor, *, finished: bool) -> tuple[float, float]:
    """Expected error and bound in mm of one node."""
    node = ChannelMap(causes.reshape(1, 1, 1, -1), Grid((1, 1, 1), (4.0, 4.0, 4.0)))
    expected = expected_error_mm(model.log_error(node, finished=finished).values[..., 0].numpy(), 0.5)
    return expected.item(), model.bounds(finished=finished).at(expected).item()


@pytest.mark.parametrize("finished", [False, True])
@pytest.mark.parametrize("cause", CAUSES)
def test_error_and_bound_never_fall_with_a_cause(model, cause, finished):
    place, answers = CAUSES.index(cause), []
    for deviations in (-4.0, -1.0, 0.0, 1.0, 2.5, 9.0):
        causes = model.mean.clone()
        causes[place] += deviations * model.deviation[place]
        answers.append(said(model, causes, finished=finished))
    assert answers == sorted(answers)
    assert all(expected < bound for expected, bound in answers)


@pytest.mark.parametrize("finished", [False, True])
def test_every_cause_together_makes_a_large_difference(model, finished):
    calm, dire = (said(model, model.mean + d * model.deviation, finished=finished) for d in (-2.0, 2.0))
    assert dire[0] > 3 * calm[0]
    assert dire[1] > 3 * calm[1]


def test_the_finish_is_trusted_more_than_the_kernel_alone(model):
    assert said(model, model.mean, finished=True) < said(model, model.mean, finished=False)


def test_bounds_rise_with_the_level_and_the_error(model):
    for row in range(2):
        assert (model.bound[row].diff(dim=0) > 0).all()
        assert (model.bound[row].diff(dim=1) >= 0).all()
        assert (model.knots[row].diff() > 0).all()
    assert 0.9 in model.bounds(finished=True).levels


def test_weights_of_something_else_are_refused():
    with pytest.raises(MethodError) as refused:
        calibrated_model("kernel-matches")
    assert refused.value.code == "weights-invalid"
