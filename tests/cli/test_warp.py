"""`warp` pulls other volumes and label maps to the fixed scan, and tells what became of the labels' volumes."""

import numpy as np
import SimpleITK as sitk
from typer.testing import CliRunner

from cli.main import app
from registration.geometry import Grid
from tests.builders.images import write_image
from tests.builders.results import pattern, stored_result

OTHER = Grid((75, 70, 60), (1.3, 1.3, 2.0), (-65.0, -48.0, -32.0))


def run(*arguments):
    ended = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def test_a_volume_on_its_own_grid_becomes_one_on_the_fixed_grid(tmp_path):
    stored = stored_result(tmp_path / "result")
    write_image(pattern(OTHER.voxel_points()), OTHER, tmp_path / "pet.mha")
    said = run("warp", tmp_path / "result", tmp_path / "pet.mha", "--output", tmp_path / "new" / "pet.nii.gz")
    assert "beyond the volume" in said
    image = sitk.ReadImage(str(tmp_path / "new" / "pet.nii.gz"))
    values = sitk.GetArrayFromImage(image).astype(float)
    inside = OTHER.contains(stored.base.grid.voxel_points() + stored.base.vectors_mm)
    assert np.corrcoef(values[inside], np.asarray(stored.fixed.values)[inside])[0, 1] > 0.99


def test_labels_stay_labels_and_their_volumes_are_printed(tmp_path):
    stored = stored_result(tmp_path / "result")
    labels = np.zeros(OTHER.shape, np.uint8)
    labels[20:36, 25:45, 20:50] = 3
    write_image(labels, OTHER, tmp_path / "organs.nrrd")
    arguments = ("warp", tmp_path / "result", tmp_path / "organs.nrrd", "--labels", "--output", tmp_path / "out.mha")
    said = run(*arguments)
    values = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "out.mha")))
    assert set(np.unique(values)) == {0, 3}
    assert values.shape == stored.base.grid.shape
    ml = 1e-3 * labels.astype(bool).sum() * np.prod(OTHER.spacing_mm)
    assert f"{ml:.2f}" in said
