"""One real model server for all tests of the engines, over the models as `make models` writes them."""

from pathlib import Path

import pytest

from cli.triton.payload import FOLDER, obstacle
from cli.triton.running import running
from registration.export import export
from registration.served.specs import MODELS
from tests.builders.echo_models import write_echo_models

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def triton(tmp_path_factory):
    """Where it answers. Its binary is installed on first use; only another kind of machine is a reason to skip."""
    if reason := obstacle():
        pytest.skip(reason)
    scratch = tmp_path_factory.mktemp("triton")
    repository = scratch / "repository"
    for model in MODELS:
        export(model, repository)
    write_echo_models(repository)
    with running(repository, scratch, PROJECT / FOLDER) as found:
        yield found
