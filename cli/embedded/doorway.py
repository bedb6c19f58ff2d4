"""What a service needs before anything starts: a listening socket, a private data folder that no other one uses."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import IO


class StartError(Exception):
    """The service cannot start; the message is for the person at the terminal."""


def listening(host: str, port: int) -> socket.socket:
    """A socket on host and port, ready to be inherited."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise StartError(f"Cannot listen on {host}:{port}: {reason(error)}") from error
    found.listen(1024)
    return found


def reason(error: OSError) -> str:
    """What a person can do about it."""
    if error.errno == errno.EADDRINUSE:
        return "the port is in use. Choose another with --port, or stop what runs there."
    if error.errno == errno.EACCES:
        return "ports below 1024 need more rights. Choose another with --port."
    return f"{error.strerror}."


def private_folder(path: Path) -> Path:
    """The data folder, readable by its owner alone."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        (path / "logs").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StartError(f"Cannot use {path} as data folder: {error.strerror}.") from error
    return path.resolve()


def locked(folder: Path) -> IO[str]:
    """The lock of a data folder; it is held until the file is closed or the process ends, however it ends."""
    lock = (folder / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise StartError(
            f"Another kernelreg uses {folder}. Stop it, or choose another folder with --data-dir."
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
