"""A real S3 server on loopback, in a thread, with one empty bucket; moto speaks the protocol and keeps it in memory."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import s3fs
from moto.server import ThreadedMotoServer

BUCKET = "kernelreg"
ACCESS = {"AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "tester-secret", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """The variables with which any S3 client finds the server; the bucket is there."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells of every request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    found = {**ACCESS, "AWS_ENDPOINT_URL": f"http://{host}:{port}"}
    try:
        yield found
    finally:
        server.stop()


def client() -> s3fs.S3FileSystem:
    """A client of the server that the environment names, without memory."""
    return s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)


def empty_bucket() -> str:
    """The bucket, empty."""
    files = client()
    if files.exists(BUCKET):
        files.rm(BUCKET, recursive=True)
    files.mkdir(BUCKET)
    return f"s3://{BUCKET}/artefacts"


def objects() -> list[str]:
    """Every object of the bucket."""
    return sorted(client().find(BUCKET))
