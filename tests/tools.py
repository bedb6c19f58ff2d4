"""Installs the programs of others that tests talk to, where that is allowed; says what is missing where it is not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "Orthanc": ("orthanc", "orthanc-dicomweb"),
    "dcmdump": ("dcmtk",),
    "dciodvfy": ("dicom3tools",),
    "chromium": ("chromium", "fonts-dejavu-core"),
}
"""Program -> the Debian packages that hold it and what it needs."""
VIEWER = Path(__file__).parents[1] / "viewer"


def main() -> None:
    """Install what is missing by apt, as root or by a sudo that asks nothing. Never fails: tests say what they skip."""
    missing = [name for name in PACKAGES if not shutil.which(name)]
    if missing and shutil.which("apt-get") and (os.geteuid() == 0 or shutil.which("sudo")):
        packages = [package for name in missing for package in PACKAGES[name]]
        say(f"Installing {', '.join(packages)} for the tests.")
        apt("update")
        apt("install", "--yes", "--no-install-recommends", *packages)
    if shutil.which("npm") and not (VIEWER / "node_modules").is_dir():
        say("Installing what builds the page, to test that the shipped one is that of its sources.")
        quietly("npm", "ci", "--silent")
    if left := [name for name in missing if not shutil.which(name)]:
        say(f"Not installed: {', '.join(left)}. Tests that need them are skipped.")


def apt(*arguments: str) -> None:
    """Run apt-get without questions and without words."""
    before = [] if os.geteuid() == 0 else ["sudo", "-n"]
    quietly(*before, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments)


def quietly(*command: str) -> None:
    """Run a command; what it installs is looked for afterwards."""
    subprocess.run(command, cwd=VIEWER, check=False, stdin=subprocess.DEVNULL, capture_output=True)


def say(words: str) -> None:
    """Tell whoever runs the tests."""
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    main()
