"""`kernelreg train`: a configuration on disk becomes a weights file that the kernel takes."""

import numpy as np
from typer.testing import CliRunner

from cli.main import app
from registration.errors import KernelregError
from registration.kernel.attention import AttentionKernel
from registration.kernel.learned import KEY_FEATURES
from registration.weights import fit_weights, load_weights

CONFIG = """
part = "kernel"
mode = "correspondences"
train = ["case_001.csv"]
held_out = ["case_002.csv"]
scans = "{folder}"
cache = "{folder}"
folder = "{folder}/run"
steps = 2
validate_every = 1
held_out_pairs = 1
"""


def test_train_writes_weights_that_fit(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("case_001.csv", "case_002.csv"):
        fixed = rng.uniform(20, 120, (250, 3))
        np.savetxt(tmp_path / name, np.c_[fixed, 0.95 * fixed + 2], delimiter=",")
    (tmp_path / "config.toml").write_text(CONFIG.format(folder=tmp_path))
    result = CliRunner().invoke(app, ["train", str(tmp_path / "config.toml")])
    assert result.exit_code == 0, result.output
    assert "weights.safetensors" in result.output
    assert [line.split()[1] for line in result.stderr.splitlines() if line.startswith("step")] == ["1", "2"]
    assert {"curve.csv", "curve.png"} <= {path.name for path in (tmp_path / "run").iterdir()}
    again = CliRunner().invoke(app, ["train", str(tmp_path / "config.toml")])
    assert "done already: 2 steps" in again.stderr
    weights, _ = load_weights("weights", folder=tmp_path / "run")
    fit_weights(AttentionKernel(KEY_FEATURES), weights, "weights")


def test_a_configuration_that_is_not_there_is_refused(tmp_path):
    result = CliRunner().invoke(app, ["train", str(tmp_path / "none.toml")])
    assert result.exit_code == 2


def test_a_configuration_with_a_wrong_key_is_refused_by_name(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG.format(folder=tmp_path) + "stepz = 3\n")
    result = CliRunner().invoke(app, ["train", str(tmp_path / "config.toml")])
    assert isinstance(result.exception, KernelregError)
    assert "'stepz'" in result.exception.message
