"""Folders of pairs: what `kernelreg phantom` writes is one, and so is a folder of plain images."""

import numpy as np
import pytest

from registration.errors import KernelregError
from registration.phantom import write_phantom
from registration.training.data.folders import FolderPairs
from tests.builders.images import write_image


def test_a_phantom_folder_is_a_pair_with_everything(phantoms, tmp_path):
    write_phantom(phantoms[1], tmp_path / "b-abdomen")
    write_phantom(phantoms[0], tmp_path / "a-thorax")
    pairs = FolderPairs(tmp_path)
    assert len(pairs) == 2
    pair, made = pairs.pair(1), phantoms[1]
    assert pair.fixed.grid.same_place(made.fixed.grid)
    assert len(pair.label_maps) == 3  # the ablation zone is on the moving scan alone
    assert np.array_equal(pair.label_maps[0][0].values, made.fixed_masks["liver"].values)
    assert pair.landmarks[1] == pytest.approx(made.landmarks_moving, abs=1e-5)
    assert pair.truth.at(pair.landmarks[0]) == pytest.approx(made.field(made.landmarks_fixed), abs=2.0)


def test_two_images_are_enough(phantoms, tmp_path):
    (tmp_path / "one").mkdir()
    for role, suffix in (("fixed", "mha"), ("moving", "nii.gz")):
        scan = getattr(phantoms[0], role)
        write_image(scan.values, scan.grid, tmp_path / "one" / f"{role}.{suffix}")
    pair = FolderPairs(tmp_path).pair(0)
    assert pair.moving.values == pytest.approx(phantoms[0].moving.values)
    assert (pair.label_maps, pair.landmarks, pair.truth) == ((), None, None)


def test_what_is_no_folder_of_pairs_is_refused(tmp_path):
    refused_with(tmp_path / "none", "none.*expected a folder of pairs")
    refused_with(tmp_path, "one folder per pair")
    (tmp_path / "one").mkdir()
    refused_with(tmp_path, "one scan called 'fixed', got none")
    (tmp_path / "one" / "fixed.mha").touch()
    (tmp_path / "one" / "fixed.nii").touch()
    refused_with(tmp_path, "got fixed.mha, fixed.nii")


def refused_with(folder, pattern):
    with pytest.raises(KernelregError, match=pattern) as refused:
        FolderPairs(folder)
    assert refused.value.code == "data-set-invalid"
