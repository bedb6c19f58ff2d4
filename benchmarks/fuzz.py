"""`python -m benchmarks.fuzz --files N`: mutated DICOM files over HTTP; time, memory and what is left are watched.

Exit code 1 for an answer of 500 or above, one after more than ten seconds, a service that holds more than 1 GB, or any
file that is left behind. `--first` repeats one upload by its number.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.front_door import FrontDoor, front_door
from benchmarks.machine import machine_line
from tests.builders.mutations import KINDS, upload

LONGEST_S, LARGEST_MB = 10.0, 1024.0


@dataclass
class Tally:
    """What came back, and what broke a promise: the number of the upload and how."""

    codes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def main() -> None:
    """Run the campaign and print its figures."""
    arguments = parsed()
    print(machine_line())
    with tempfile.TemporaryDirectory(prefix="kernelreg-fuzz-") as name, front_door(Path(name)) as door:
        before, start = door.memory_mb()["peak"], time.perf_counter()
        tally = campaign(door, range(arguments.first, arguments.first + arguments.files))
        took, peak = time.perf_counter() - start, door.memory_mb()["peak"]
    if peak > LARGEST_MB:
        tally.broken.append(f"the service held {peak:.0f} MB")
    print(
        f"{arguments.files} uploads of {len(KINDS)} kinds of damage in {took:.0f} s, longest {max(tally.seconds):.2f} s"
    )
    print(f"peak memory of the service {peak:.0f} MB, {before:.0f} MB before the first")
    print("answers: " + ", ".join(f"{code} {count}" for code, count in tally.codes.most_common()))
    print(f"broken promises: {len(tally.broken)}", *tally.broken, sep="\n")
    sys.exit(bool(tally.broken))


def campaign(door: FrontDoor, numbers: range) -> Tally:
    """Every upload in turn; what is accepted is purged at once."""
    tally = Tally()
    with httpx.Client(base_url=door.url, timeout=120, trust_env=False) as client:
        for number in numbers:
            shoot(client, number, tally)
            if left := door.kept():
                tally.broken.append(f"upload {number} left {len(left)} files")
    return tally


def shoot(client: httpx.Client, number: int, tally: Tally) -> None:
    """One upload, and the purge of what it became."""
    files = [("files", (str(place), content)) for place, content in enumerate(upload(number))]
    start = time.perf_counter()
    answer = client.post("/v1/series", files=files)
    seconds = time.perf_counter() - start
    tally.seconds.append(seconds)
    tally.codes["accepted" if answer.is_success else answer.json()["code"]] += 1
    if answer.status_code >= 500 or seconds > LONGEST_S or "SECRET" in answer.text:
        tally.broken.append(f"upload {number}: {answer.status_code} after {seconds:.1f} s: {answer.text[:200]}")
    if answer.is_success:
        client.delete(answer.headers["location"]).raise_for_status()


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
