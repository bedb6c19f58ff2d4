"""Objects of a scan from a hospital: its header satisfies the validator in them, and ITK finds its own geometry."""

import tarfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from registration.archive import StoredResult
from registration.field.displacement import DisplacementField
from registration.products.dicom.identity import Stamp
from registration.products.dicom.objects import write_objects
from registration.products.outcome import Outcome
from registration.reading import read_scan
from registration.refinement.corrections import CorrectionSet
from tests.builders.results import BOUNDS
from tests.builders.validators import dciodvfy, needs_dciodvfy

SHIFT = np.array([3.0, -2.0, 4.5])
MODEL = {"name": "kernelreg", "version": "0.1.0", "weights_sha256": ""}
MANIFEST = {"pre_alignment": np.eye(4).tolist(), "model": MODEL}


def geometry(folder: Path) -> list[tuple]:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    return [image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection()]


@pytest.mark.slow
@pytest.mark.realdata
@needs_dciodvfy
def test_a_full_size_chest(tmp_path):
    packed = Path(__file__).parents[5] / "shared/data/lung1_dicom_single/LUNG1-001.tar.gz"
    if not packed.exists():
        pytest.skip("the real scan of ../shared/data is not here")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path / "scan", filter="data")
    scan = read_scan(tmp_path / "scan" / "CT").volume
    field = DisplacementField(np.broadcast_to(np.float32(SHIFT), (*scan.grid.shape, 3)), scan.grid)
    nothing = np.broadcast_to(np.float32(0), scan.grid.shape)
    stored = StoredResult(tmp_path, MANIFEST, field, scan, scan, nothing, nothing, BOUNDS)
    outcome = Outcome(stored, CorrectionSet(scan.grid), field)
    names = ("registration", "pre-alignment", "warped")
    written = write_objects(outcome, tmp_path / "objects", names, Stamp("result", "revision", datetime.now(UTC)))
    for paths in written.values():
        assert not [line for line in dciodvfy(paths[0]) if line.startswith("Error")]
    assert geometry(tmp_path / "objects" / "warped") == geometry(tmp_path / "scan" / "CT")
