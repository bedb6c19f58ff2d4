"""Names become what is judged: encoders from their weight files, deformed volumes that no encoder learnt from."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import DATA
from benchmarks.machine import ROOT
from registration.features.encoder import CONFIGS, Encoder
from registration.features.learned import trained_encoder
from registration.training.pair_store import PairStore
from registration.training.synthetic import SyntheticPair
from registration.weights import fit_weights, load_weights

BUILD = ROOT / "build"
SEED = 2000
"""Of the first pair of each volume; training judged itself by others."""
PHANTOMS = ("phantom:thorax:101", "phantom:abdomen:102", "phantom:thorax:103", "phantom:abdomen:104")
"""Bodies that no encoder learnt from; the first two chose the step of the shipped one."""
CHEST = DATA / "lung1_dicom_single" / "LUNG1-001.tar.gz"
LIVER = DATA / "liver_ct_mr_cryoablation"


@dataclass(frozen=True)
class Group:
    """Volumes below `folder` that are reported together."""

    title: str
    folder: Path
    names: tuple[str, ...]

    def pairs(self, count: int) -> Iterator[SyntheticPair]:
        """`count` pairs of each volume; odd seeds look like MR."""
        store = PairStore(self.folder, BUILD / "synthetic-pairs")
        for name in self.names:
            for seed in range(SEED, SEED + count):
                yield store.pair(name, seed)


def groups() -> Iterator[Group]:
    """Phantoms, and those real scans that are at hand.

    These are of other patients and scanners, and their terms keep them out of training: they measure, choose nothing.
    """
    yield Group("phantoms", DATA, PHANTOMS)
    if CHEST.is_file():
        yield Group("chest CT", _unpacked(CHEST), ("CT",))
    if LIVER.is_dir():
        yield Group("liver CT", LIVER, ("CT_fixed.nrrd",))
        yield Group("liver MR", LIVER, ("MR_moving.nrrd",))


def _unpacked(archive: Path) -> Path:
    """The folder of an archive's content, unpacked once."""
    folder = BUILD / archive.name.split(".")[0]
    if not folder.is_dir():
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
    return folder


def encoder_of(weights: Path | None) -> Encoder:
    """The small encoder with the weights of a file, or the shipped ones."""
    if weights is None:
        return trained_encoder()[0]
    encoder = Encoder(CONFIGS["small"])
    fit_weights(encoder, load_weights(weights.stem, folder=weights.parent)[0], weights.name)
    return encoder.eval().requires_grad_(False)
