"""The stored result that the products are made from."""

from pathlib import Path

import pytest

from registration.archive import StoredResult
from tests.builders.results import stored_result


@pytest.fixture
def stored(tmp_path: Path) -> StoredResult:
    return stored_result(tmp_path / "result")
