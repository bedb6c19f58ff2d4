"""Configurations: every committed one is read, and a wrong one is refused with key, file, expected and got."""

from pathlib import Path

import pytest

from registration.errors import MethodError
from registration.training.parts import PARTS, read_settings

ROOT = Path(__file__).parents[3]
KERNEL = """
part = "kernel"
mode = "correspondences"
train = ["a.csv"]
held_out = ["b.csv"]
scans = "scans"
cache = "cache"
folder = "run"
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "mine.toml").write_text(text)
        return read_settings(tmp_path / "mine.toml")

    return read


@pytest.mark.parametrize("path", sorted(ROOT.glob("experiments/**/*.toml")), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_committed_configuration_is_read(path):
    settings = read_settings(path)
    assert settings.part in PARTS
    assert not settings.folder.is_absolute()


def test_the_part_decides_which_keys_there_are(read):
    settings = read(KERNEL + "steps = 7\n")
    assert (settings.part, settings.steps, settings.train) == ("kernel", 7, ("a.csv",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (KERNEL.replace('"kernel"', '"kernels"'), ["mine.toml", "'part'", '"encoder"', '"kernel"', "'kernels'"]),
        (KERNEL.replace('part = "kernel"', ""), ["'part'", "got no such key"]),
        (KERNEL + "stepz = 7\n", ["mine.toml", "'stepz' is no key", "steps"]),
        (KERNEL + "steps = 0\n", ["steps", "greater than 0", "got 0"]),
        (KERNEL + 'steps = "many"\n', ["steps", "integer", "got 'many'"]),
        (KERNEL.replace('folder = "run"', ""), ["'folder' is missing"]),
        ("part = \n", ["mine.toml is no TOML file", "line 1"]),
    ],
)
def test_a_wrong_configuration_says_key_file_expected_and_got(read, text, words):
    with pytest.raises(MethodError) as refused:
        read(text)
    assert refused.value.code == "config-invalid"
    assert [word for word in words if word not in refused.value.message] == []
