"""Training runs that are stopped, as a killed process is: after the work of a step, before its checkpoint."""

import pytest

from registration.training.checkpoint import Run
from registration.training.loop import train


def stopped_at(step, settings):
    """Train, and end between the validation of `step` and its checkpoint; the row of the curve is already there."""

    def save(run, *state, plain=Run.save):
        if run.step == step:
            raise KeyboardInterrupt
        plain(run, *state)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "save", save)
        with pytest.raises(KeyboardInterrupt):
            train(settings)
