"""All objects on all odd grids, each grid's written once."""

import pytest

from tests.builders.dicom_objects import GRIDS, NAMES, Written, written


@pytest.fixture(scope="session", params=GRIDS)
def objects(request, tmp_path_factory) -> Written:
    """Every object of a result on this grid."""
    return written(tmp_path_factory.mktemp("objects"), request.param)


@pytest.fixture(params=NAMES)
def files(request, objects) -> list:
    """The files of this object on this grid; of a series the first and the last slice."""
    found = objects.files[request.param]
    return [found[0], *found[1:][-1:]]
