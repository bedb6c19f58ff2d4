"""`python -m benchmarks.large [--slices N]`: a CT series of 512 x 512 x 600 over HTTP; what it costs the service.

Sent twice, as forms and as a chunked `multipart/related`; each time the series is purged. Seconds from the first byte
to the answer, processor seconds and peak memory of the service's process.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import numpy as np

from benchmarks.front_door import FrontDoor, front_door
from benchmarks.machine import machine_line
from registration.geometry import Grid
from tests.builders.dicom import ct_series, save

PLANE = Grid((512, 512, 1), (0.75, 0.75, 0.75), (-192.0, -192.0, 0.0))
BOUNDARY = "a slice and a slice"
CHUNK = 1 << 20
Post = Callable[[httpx.Client, list[Path]], httpx.Response]


def main() -> None:
    """Write the series, send it in both forms, print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large")
    parser.add_argument("--slices", type=int, default=600)
    slices = parser.parse_args().slices
    print(machine_line())
    with tempfile.TemporaryDirectory(prefix="kernelreg-large-") as name:
        folder = Path(name)
        files = written(folder / "series", slices)
        print(f"512 x 512 x {slices}, {sum(file.stat().st_size for file in files) / 1e6:.0f} MB of DICOM")
        with front_door(folder) as door:
            for what, post in (("files as a form", as_form), ("multipart/related, chunked", as_related)):
                print(f"{what}: {measured(door, files, post)}")


def written(folder: Path, slices: int) -> list[Path]:
    """The files of the series, written one by one: a body of noise that moves from slice to slice."""
    one = ct_series(PLANE)[0]
    pixels = np.frombuffer(one.PixelData, "<i2").reshape(512, 512)
    for k in range(slices):
        one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID = f"2.25.{1000 + k}"
        one.ImagePositionPatient = PLANE.index_to_mm((0, 0, k)).tolist()
        one.PixelData = np.roll(pixels, 3 * k, axis=0).tobytes()
        save([one], folder)
        (folder / "0000.dcm").rename(folder / f"slice-{k:04d}.dcm")
    return sorted(folder.iterdir())


def measured(door: FrontDoor, files: list[Path], post: Post) -> str:
    """One upload and its figures."""
    with httpx.Client(base_url=door.url, timeout=600, trust_env=False) as client:
        door.forget_peak()
        before, cpu, start = door.memory_mb(), processor_s(door.pid), time.perf_counter()
        answer = post(client, files)
        took, memory = time.perf_counter() - start, door.memory_mb()
        answer.raise_for_status()
        assert answer.json()["report"]["size"] == [512, 512, len(files)]
        client.delete(answer.headers["location"]).raise_for_status()
    return (
        f"{took:.1f} s, {processor_s(door.pid) - cpu:.1f} s of processor; resident memory {before['resident']:.0f} MB"
        f" before, {memory['peak']:.0f} MB at the peak, {memory['resident']:.0f} MB afterwards;"
        f" {len(door.kept())} files left"
    )


def as_form(client: httpx.Client, files: list[Path]) -> httpx.Response:
    """Every file as a part called `files`, read while it is sent."""
    with ExitStack() as opened:
        parts = [("files", (file.name, opened.enter_context(file.open("rb")))) for file in files]
        return client.post("/v1/series", files=parts)


def as_related(client: httpx.Client, files: list[Path]) -> httpx.Response:
    """As DICOMweb sends it, of unknown length."""
    headers = {"Content-Type": f'multipart/related; type="application/dicom"; boundary="{BOUNDARY}"'}
    return client.post("/v1/series", content=related(files), headers=headers)


def related(files: list[Path]) -> Iterator[bytes]:
    """The body, piece by piece."""
    for file in files:
        yield f"\r\n--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        with file.open("rb") as content:
            while piece := content.read(CHUNK):
                yield piece
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def processor_s(pid: int) -> float:
    """Processor seconds that a process has used."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
