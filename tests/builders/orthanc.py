"""A real Orthanc for a test: a PACS with DICOMweb and DIMSE on free ports, answering this machine alone."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from pacs.settings import Archive, Archives

PROGRAM = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
PLUGIN = next((p for p in Path("/usr/share/orthanc/plugins").glob("libOrthancDicomWeb.so*")), None)
AET, OURS = "ORTHANC", "KERNELREG"
START_S = 30.0
SLOW_S = 120.0
"""How long it may take to remove a large series."""
needs_orthanc = pytest.mark.skipif(
    not PROGRAM or not PLUGIN, reason="Orthanc with its DICOMweb plugin is not installed: `make tools`"
)


@dataclass
class Orthanc:
    """A running one: `http` and `dicom` are its ports, `folder` what it keeps."""

    folder: Path
    http: int
    dicom: int
    process: subprocess.Popen[bytes] | None = None

    def archive(self, name: str = "main", **settings: object) -> Archive:
        """The archive as kernelreg is told of it."""
        ways = {"dicomweb": f"http://127.0.0.1:{self.http}/dicom-web", "dimse": f"{AET}@127.0.0.1:{self.dicom}"}
        return Archive(name=name, **(ways | settings))

    def toml(self, name: str = "main") -> str:
        """The same as a table of the configuration file."""
        ways = f'dicomweb = "http://127.0.0.1:{self.http}/dicom-web"\ndimse = "{AET}@127.0.0.1:{self.dicom}"\n'
        return f"[archives.{name}]\n{ways}"

    def start(self) -> None:
        """Run it, and return when it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([PROGRAM, str(self.folder / "orthanc.json")], stdout=log, stderr=log)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                httpx.get(f"http://127.0.0.1:{self.http}/system", trust_env=False, timeout=SLOW_S)
                return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise RuntimeError(f"Orthanc did not start, see {self.folder / 'log'}")

    def stop(self) -> None:
        """End it, by its own number."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def instances(self) -> int:
        """How many instances it holds, by its own count."""
        answer = httpx.get(f"http://127.0.0.1:{self.http}/statistics", trust_env=False, timeout=SLOW_S)
        return int(answer.json()["CountInstances"])

    def drop_end(self, series_uid: str) -> None:
        """Remove the last instance of a series."""
        here = f"http://127.0.0.1:{self.http}"
        found = httpx.post(f"{here}/tools/lookup", content=series_uid, trust_env=False, timeout=SLOW_S).json()
        (series,) = [one["ID"] for one in found if one["Type"] == "Series"]
        instances = httpx.get(f"{here}/series/{series}/instances", trust_env=False, timeout=SLOW_S).json()
        last = max(instances, key=lambda one: int(one["MainDicomTags"]["InstanceNumber"]))
        httpx.delete(f"{here}/instances/{last['ID']}", trust_env=False, timeout=SLOW_S)

    def clear(self) -> None:
        """Remove every patient."""
        here = f"http://127.0.0.1:{self.http}/patients"
        for patient in httpx.get(here, trust_env=False, timeout=SLOW_S).json():
            httpx.delete(f"{here}/{patient}", trust_env=False, timeout=SLOW_S)


@contextmanager
def orthanc(folder: Path) -> Iterator[Orthanc]:
    """An empty one, gone afterwards."""
    found = Orthanc(folder, free_port(), free_port())
    (folder / "orthanc.json").write_text(json.dumps(configuration(found)))
    found.start()
    try:
        yield found
    finally:
        found.stop()


def configuration(found: Orthanc) -> dict[str, object]:
    """DICOM from kernelreg on this machine only: Orthanc listens on every address, so it checks who calls."""
    return {
        "HttpPort": found.http,
        "DicomPort": found.dicom,
        "DicomAet": AET,
        "DicomModalities": {"kernelreg": [OURS, "127.0.0.1", 104]},
        "DicomCheckModalityHost": True,
        "DicomAlwaysAllowEcho": False,
        "DicomAlwaysAllowStore": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "StorageDirectory": str(found.folder / "kept"),
        "IndexDirectory": str(found.folder / "kept"),
        "StableAge": 1,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }


def free_port() -> int:
    """A port of this machine that nothing uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def archives(*named: Archive) -> Archives:
    """The configuration of these archives."""
    return Archives(named={archive.name: archive for archive in named})
