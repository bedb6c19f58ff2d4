"""What every test shares: threads that wait instead of spinning, as the command and the workers have them."""

import os

import pytest

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read once, when torch is first imported


@pytest.fixture(scope="session")
def running_orthanc(tmp_path_factory):
    """One Orthanc for all tests that need one."""
    from tests.builders.orthanc import orthanc

    with orthanc(tmp_path_factory.mktemp("orthanc")) as found:
        yield found


@pytest.fixture
def pacs(running_orthanc):
    """An empty archive."""
    running_orthanc.clear()
    return running_orthanc
