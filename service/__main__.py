"""`python -m service [FD]`: the front door, configured by KERNELREG_*; FD is a listening socket it inherits."""

from __future__ import annotations

import socket
import sys

import uvicorn
from fastapi import FastAPI

from jobs import journal
from service.app import create_app
from service.settings import Settings, from_environment
from service.wiring import wire

GRACE_S = 3


def server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """Uvicorn around the application; its access log stays off, requests are logged by route."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    return uvicorn.Server(config)


def inherited(fd: int) -> socket.socket:
    """The listening socket of a descriptor. The system is asked what it is: only on a known TCP socket does the event
    loop switch off Nagle's delay, which costs 40 ms per answer."""
    return socket.socket(fileno=fd)


def main(arguments: list[str]) -> None:
    """Serve until told to stop."""
    journal.start("service")
    settings = from_environment()
    app = create_app(settings, wire(settings))
    server(app, settings).run(sockets=[inherited(int(arguments[0]))] if arguments else None)


if __name__ == "__main__":
    main(sys.argv[1:])
