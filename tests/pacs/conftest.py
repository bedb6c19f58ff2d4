"""One Orthanc for all tests of this folder, empty for each."""

import pytest

from tests.builders.orthanc import orthanc


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    with orthanc(tmp_path_factory.mktemp("orthanc")) as found:
        yield found


@pytest.fixture
def pacs(running):
    running.clear()
    return running
