"""`python -m benchmarks.pacs [--slices N]`: a CT series of 512 x 512 x 600 into a real Orthanc and fetched from it.

Sent by STOW-RS and by C-STORE; fetched by the transfer worker's own step, in a process of its own, until it is a stored
series that could be registered. Seconds, processor seconds of our side, peak memory of the process.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from jobs.adapters.disk_artefacts import DiskArtefacts
from jobs.adapters.memory import MemoryJobs, MemoryLeases, MemoryQueue
from jobs.model import PacsSeries
from jobs.ports import Ports
from pacs.outcomes import Instance, instance_of
from pacs.sending import send
from pacs.settings import read_archives
from tests.builders.dicom import SERIES, STUDY
from tests.builders.orthanc import Orthanc, orthanc
from worker.handlers.fetch import fetched


def main() -> None:
    """Fill the archive both ways, fetch from it, print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pacs")
    parser.add_argument("--slices", type=int, default=600)
    parser.add_argument("--fetch", type=Path, help="only fetch: a folder with pacs.toml")
    asked = parser.parse_args()
    if asked.fetch:
        return fetch(asked.fetch)

    from benchmarks.large import written  # with torch, which the worker for transfers does without
    from benchmarks.machine import machine_line

    print(machine_line())
    with tempfile.TemporaryDirectory(prefix="kernelreg-pacs-") as name:
        folder = Path(name)
        (folder / "orthanc").mkdir()
        instances = [instance_of(file) for file in written(folder / "series", asked.slices)]
        print(f"512 x 512 x {asked.slices}, {sum(one.bytes for one in instances) / 1e6:.0f} MB of DICOM")
        with orthanc(folder / "orthanc") as archive:
            for via in ("c-store", "stow"):
                archive.clear()
                print(f"sent by {via}: {sent(archive, via, instances)}")
            (folder / "pacs.toml").write_text(archive.toml())
            subprocess.run([sys.executable, "-m", "benchmarks.pacs", "--fetch", str(folder)], check=True)
    return None


def sent(archive: Orthanc, via: str, instances: list[Instance]) -> str:
    """Every instance into the archive, and what that cost."""
    began, cpu = time.perf_counter(), time.process_time()
    assert {one.status for one in send(archive.archive(), via, instances)} == {"stored"}
    took, used = time.perf_counter() - began, time.process_time() - cpu
    assert archive.instances() == len(instances)
    return f"{took:.1f} s, {used:.1f} s of processor"


def fetch(folder: Path) -> None:
    """What the transfer worker does of a job, in this process."""
    leases = MemoryLeases()
    ports = Ports(MemoryJobs(), DiskArtefacts(folder / "data"), MemoryQueue(), leases, leases)
    archives, reference = read_archives(folder / "pacs.toml"), PacsSeries(pacs="main", study=STUDY, series=SERIES)
    before, arrived, began = anonymous_mb(), 0.0, time.perf_counter()
    stop, peak = threading.Event(), [before]
    threading.Thread(target=watch, args=(stop, peak), daemon=True).start()

    def progress(part: float) -> None:
        nonlocal arrived
        arrived = time.perf_counter() - began if part < 1 else arrived

    cpu = time.process_time()
    fetched(ports, "benchmark", archives, reference, progress)
    took, used = time.perf_counter() - began, time.process_time() - cpu
    stop.set()
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"fetched: {took:.1f} s, {arrived:.1f} s until the last instance was on disk, {used:.1f} s of processor; memory"
        f" {before:.0f} MB before, {peak[0]:.0f} MB at the peak, {resident:.0f} MB with mapped files"
    )


def watch(stop: threading.Event, peak: list[float]) -> None:
    """Note the memory of this process, a hundred times a second."""
    while not stop.wait(0.01):
        peak[0] = max(peak[0], anonymous_mb())


def anonymous_mb() -> float:
    """What this process holds beside mapped files."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
