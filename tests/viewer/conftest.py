"""One service, one browser, one registration that was started from the page, for all tests of the page."""

import numpy as np
import pytest

from cli.demonstration.client import connected
from cli.demonstration.service import running
from registration.geometry import Grid
from registration.phantom import make_phantom, write_phantom
from tests.builders.browser import CHROMIUM, Viewer, chromium

STORED = Grid(
    (60, 46, 42), (5.5, 5.5, 5.5), (158.0, -125.0, 168.0), ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
)
"""The fixed scan is stored from left to right and from head to feet: two of its axes are flipped."""
TILT = np.radians(12)
OBLIQUE = Grid(
    (60, 46, 42),
    (5.5, 5.5, 5.5),
    (-146.0, -150.0, -58.0),
    (
        (float(np.cos(TILT)), float(-np.sin(TILT)), 0.0),
        (float(np.sin(TILT)), float(np.cos(TILT)), 0.0),
        (0.0, 0.0, 1.0),
    ),
)


def pytest_collection_modifyitems(items):
    """Say once why nothing of this folder runs where there is no browser."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()) and not CHROMIUM:
            item.add_marker(pytest.mark.skip(reason="needs Chromium: make tools installs it by apt"))


@pytest.fixture(scope="session")
def phantom():
    return make_phantom("thorax", seed=1, grid=STORED, moving_grid=OBLIQUE)


@pytest.fixture(scope="session")
def folder(phantom, tmp_path_factory):
    """The pair as two folders of DICOM files."""
    folder = tmp_path_factory.mktemp("pair")
    write_phantom(phantom, folder)
    return folder


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("service") / "log") as url:
        yield url


@pytest.fixture(scope="session")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def viewer(browser, service):
    """A page of its own; at the end its console was silent."""
    viewer = Viewer(browser, service)
    yield viewer
    viewer.close()


@pytest.fixture(scope="session")
def journey(browser, service, folder):
    """From two folders to a result, by the page alone: the registration's id, and what the page said meanwhile."""
    viewer = Viewer(browser, service)
    found = viewer.register({"Fixed scan": folder / "fixed", "Moving scan": folder / "moving"})
    viewer.close()
    return found


@pytest.fixture
def job(journey, service):
    """The registration, without corrections."""
    job, _ = journey
    yield job
    with connected(service) as client:
        place = f"/v1/registrations/{job}"
        ids = [one["id"] for one in client.http.get(f"{place}/correspondences").json()["correspondences"]]
        if ids:
            client.correct(place, remove=ids)
