"""The wall where a full disk, a full bucket and an object store that is away become ours."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from jobs.errors import JobError, StoreUnavailableError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FULL_BUCKET = ("QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage")
"""How S3 servers say that there is no room."""
SHORT_WRITE = re.compile(r"^\d+ requested and \d+ written$")
"""How numpy says it."""


@contextmanager
def store_errors() -> Iterator[None]:
    """Errors of an object store: `storage-full`, else `store-unavailable`; what is not there is still not there."""
    try:
        yield
    except (FileNotFoundError, FileExistsError):
        raise
    except (OSError, BotoCoreError) as error:
        if full(error):
            raise storage_full() from error
        raise StoreUnavailableError("artefact store") from error


@contextmanager
def taken_already() -> Iterator[list[bool]]:
    """The list gets an entry when the block found that someone else had put the object there before."""
    taken: list[bool] = []
    try:
        yield taken
    except FileExistsError:
        taken.append(True)
    except OSError as error:
        if code_of(error) not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
        taken.append(True)


def full(error: BaseException) -> bool:
    """Whether there is no room left."""
    if code_of(error) in FULL_BUCKET:
        return True
    return isinstance(error, OSError) and (error.errno in FULL or bool(SHORT_WRITE.search(str(error))))


def storage_full() -> JobError:
    """There is no room left."""
    return JobError("storage-full", "The storage of the service is full.")


def code_of(error: BaseException) -> str | None:
    """What the S3 server called the error, None when it was not one of its answers."""
    cause = error.__cause__
    return cause.response.get("Error", {}).get("Code") if isinstance(cause, ClientError) else None
