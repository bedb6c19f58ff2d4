"""Learn2Reg data sets: pairs, masks and keypoints land in patient millimetres; what is kept back stays back."""

import json

import numpy as np
import pytest

from registration.errors import KernelregError
from registration.training.data.learn2reg import Learn2RegPairs
from tests.builders.images import write_image

NAMES = [[f"NLST_{n:04d}_{phase}" for phase in ("0000", "0001")] for n in (1, 2)]
PAIRS = [{"fixed": f"./imagesTr/{a}.nii.gz", "moving": f"./imagesTr/{b}.nii.gz"} for a, b in NAMES]


@pytest.fixture
def data_set(phantoms, tmp_path):
    """Two pairs, the second kept back; masks for both, keypoints for the first alone."""
    for folder in ("imagesTr", "masksTr", "keypointsTr"):
        (tmp_path / folder).mkdir()
    for names, pair in zip(NAMES, phantoms, strict=True):
        masks = pair.fixed_masks["lung"], pair.moving_masks["lung"]
        for name, scan, mask in zip(names, (pair.fixed, pair.moving), masks, strict=True):
            write_image(scan.values, scan.grid, tmp_path / "imagesTr" / f"{name}.nii.gz")
            write_image(mask.values.astype(np.uint8), mask.grid, tmp_path / "masksTr" / f"{name}.nii.gz")
    first = phantoms[0]
    scans = (first.fixed, first.landmarks_fixed), (first.moving, first.landmarks_moving)
    for name, (scan, points) in zip(NAMES[0], scans, strict=True):
        np.savetxt(tmp_path / "keypointsTr" / f"{name}.csv", scan.grid.mm_to_index(points), delimiter=",")
    write(tmp_path, {"training_paired_images": PAIRS, "registration_val": PAIRS[1:]})
    return tmp_path / "NLST_dataset.json"


def write(folder, content):
    (folder / "NLST_dataset.json").write_text(json.dumps(content))


def test_a_training_pair_with_mask_and_keypoints(data_set, phantoms):
    pairs = Learn2RegPairs(data_set, "training")
    assert len(pairs) == 1  # the other one is for validation
    pair, made = pairs.pair(0), phantoms[0]
    assert pair.fixed.grid.same_place(made.fixed.grid)
    assert pair.moving.values == pytest.approx(made.moving.values)
    ((fixed_labels, moving_labels),) = pair.label_maps
    assert np.array_equal(fixed_labels.values, made.fixed_masks["lung"].values)
    assert np.array_equal(moving_labels.values, made.moving_masks["lung"].values)
    assert pair.landmarks[0] == pytest.approx(made.landmarks_fixed, abs=1e-3)
    assert pair.landmarks[1] == pytest.approx(made.landmarks_moving, abs=1e-3)


def test_what_is_not_there_is_none(data_set, phantoms):
    pair = Learn2RegPairs(data_set, "validation").pair(0)
    assert pair.moving.values == pytest.approx(phantoms[1].moving.values)
    assert pair.landmarks is None
    assert pair.truth is None


def test_organs_are_taken_before_lungs(data_set, phantoms):
    labels = data_set.parent / "labelsTr"
    labels.mkdir()
    for name, masks in zip(NAMES[0], (phantoms[0].fixed_masks, phantoms[0].moving_masks), strict=True):
        both = 3 * masks["lung"].values + 5 * masks["liver"].values
        write_image(both.astype(np.uint8), masks["lung"].grid, labels / f"{name}.nii.gz")
    ((fixed_labels, _),) = Learn2RegPairs(data_set, "training").pair(0).label_maps
    assert set(np.unique(fixed_labels.values)) == {0, 3, 5}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"training": []}, ["'training_paired_images' is missing", "there are training"]),
        ({"training_paired_images": [{"fixed": "a.nii.gz"}]}, ["{'fixed': PATH, 'moving': PATH}", "a.nii.gz"]),
        ({"training_paired_images": PAIRS, "registration_val": PAIRS}, ["not kept back, got none"]),
        (
            {"training_paired_images": [{"fixed": "a.nii", "moving": "b.nii"}]},
            ["2 of the images", "the first is a.nii"],
        ),
        ([], ["expected an object", "got list"]),
    ],
)
def test_a_file_that_is_no_such_list_is_refused(tmp_path, content, words):
    write(tmp_path, content)
    refused_with(tmp_path / "NLST_dataset.json", ["NLST_dataset.json", *words])


def test_no_file_and_no_json_are_refused(tmp_path):
    refused_with(tmp_path / "none.json", ["none.json", "no such file"])
    (tmp_path / "some.json").write_text("{")
    refused_with(tmp_path / "some.json", ["some.json", "expected JSON"])


def test_keypoints_that_do_not_correspond_are_refused(data_set):
    table = data_set.parent / "keypointsTr" / f"{NAMES[0][1]}.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-2]))
    with pytest.raises(KernelregError, match="row by row") as refused:
        Learn2RegPairs(data_set, "training").pair(0)
    assert refused.value.code == "data-set-invalid"


def refused_with(file, words):
    with pytest.raises(KernelregError) as refused:
        Learn2RegPairs(file, "training")
    assert refused.value.code == "data-set-invalid"
    assert [word for word in words if word not in refused.value.message] == []
