"""Installs the programs of others that tests talk to, where that is allowed; says what is missing where it is not."""

import os
import shutil
import subprocess
import sys

PACKAGES = {
    "Orthanc": ("orthanc", "orthanc-dicomweb"),
    "dcmdump": ("dcmtk",),
    "dciodvfy": ("dicom3tools",),
}
"""Program -> the Debian packages that hold it and what it needs."""


def main() -> None:
    """Install what is missing with apt, as root or by a sudo that asks nothing; never fails, tests say what they skip."""
    missing = [name for name in PACKAGES if not shutil.which(name)]
    if not missing:
        return
    packages = [package for name in missing for package in PACKAGES[name]]
    if not shutil.which("apt-get") or not (os.geteuid() == 0 or shutil.which("sudo")):
        print(f"Not installed: {', '.join(missing)}. Tests that need them are skipped.", file=sys.stderr)
        return
    before = [] if os.geteuid() == 0 else ["sudo", "-n"]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    for command in (["apt-get", "update"], install):
        subprocess.run([*before, "env", "DEBIAN_FRONTEND=noninteractive", *command], check=False, **quiet)
    if left := [name for name in missing if not shutil.which(name)]:
        print(f"apt could not install {', '.join(left)}. Tests that need them are skipped.", file=sys.stderr)


if __name__ == "__main__":
    main()
