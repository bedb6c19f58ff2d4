"""Passwords of Redis come from a file."""

import subprocess

import pytest

from cli.embedded.redis_server import require_binary, wait_until_ready
from jobs.adapters.redis_client import connect
from jobs.redis_url import with_password


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "redis_password"
    file.write_text("p/ss:w@rd\n")
    return str(file)


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("redis://broker:6379/0", "redis://:p%2Fss%3Aw%40rd@broker:6379/0"),
        ("redis://worker@broker/1", "redis://worker:p%2Fss%3Aw%40rd@broker/1"),
        ("unix:///run/redis.sock?db=1", "unix://:p%2Fss%3Aw%40rd@/run/redis.sock?db=1"),
        ("redis://:own@broker/0", "redis://:own@broker/0"),
        ("", ""),
    ],
)
def test_the_password_joins_the_url(url, whole, secret):
    assert with_password(url, secret) == whole


def test_without_a_file_the_url_stays():
    assert with_password("redis://broker/0", None) == "redis://broker/0"


def test_a_redis_that_asks_for_the_password_lets_it_in(secret, tmp_path):
    socket = tmp_path / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--requirepass", "p/ss:w@rd", "--save", ""]
    server = subprocess.Popen([require_binary(), *options], cwd=tmp_path, stdout=subprocess.DEVNULL)
    try:
        url = with_password(f"unix://{socket}", secret)
        wait_until_ready(url)
        assert connect(url).ping()
    finally:
        server.terminate()
        server.wait(10)
