"""An outcome whose scans came as DICOM."""

import pytest

from registration.geometry import Grid
from registration.products.outcome import Outcome, outcome_of
from tests.builders.sourced import ORIGIN, SIZE, SPACING, sourced_result


@pytest.fixture
def outcome(tmp_path_factory) -> Outcome:
    return outcome_of(sourced_result(tmp_path_factory.mktemp("made"), grid=Grid(SIZE, SPACING, ORIGIN)))
