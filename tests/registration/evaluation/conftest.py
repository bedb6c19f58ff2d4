"""A tiny official data set, opened, and a prediction of it."""

import pytest

from registration.evaluation.cases import open_cases
from registration.evaluation.predict import predict
from registration.evaluation.prediction import PredictionFolder
from tests.builders.official_data import wavy, write_official


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """The list of the data set."""
    return write_official(tmp_path_factory.mktemp("data") / "NLST")


@pytest.fixture
def cases(data):
    return open_cases(data)


@pytest.fixture
def predicted(cases, tmp_path):
    """A folder of fields by a method that bends space by a millimetre."""
    folder = PredictionFolder(tmp_path / "wavy")
    predict(cases, "wavy", wavy(1.0), folder)
    return folder
