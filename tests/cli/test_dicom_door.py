"""`--dicom-port`: refused before anything starts where it cannot be, or would let anybody in."""

import pytest
from typer.testing import CliRunner

from cli.main import app


@pytest.mark.parametrize(
    ("options", "environment", "says"),
    [
        (["--memory"], {}, "leave out --memory"),
        ([], {"KERNELREG_DICOM_HOST": "0.0.0.0"}, "KERNELREG_DICOM_CALLERS"),
        ([], {"KERNELREG_RULES_FILE": "nowhere.toml"}, "nowhere.toml cannot be used"),
        ([], {"KERNELREG_API_KEYS": "radiology:0123456789abcdef"}, "KERNELREG_DICOM_OWNER"),
    ],
)
def test_what_cannot_be_received_is_told_at_once(tmp_path, options, environment, says):
    command = ["serve", "--port", "0", "--data-dir", str(tmp_path / "data"), "--dicom-port", "11119", *options]
    done = CliRunner().invoke(app, command, env=environment)
    assert done.exit_code == 1
    assert says in done.stderr
