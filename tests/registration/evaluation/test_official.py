"""Our numbers are those of Learn2Reg's evaluator: a reimplementation of its description reads the same files."""

import json
import warnings

import nibabel
import numpy as np
import pytest
from scipy.ndimage import correlate1d, map_coordinates

from registration.evaluation.cases import open_cases
from registration.evaluation.predict import predict
from registration.evaluation.prediction import PredictionFolder
from registration.evaluation.score import score
from tests.builders.official_data import LABELS, wavy


def described(data, fields):
    """Case means and aggregates of all four figures, by the description of the evaluator, version 2.0."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the package's names of scipy's modules
        cases = [_case(data.parent, pair, fields) for pair in json.loads(data.read_text())["registration_val"]]
    found = {}
    for name, quantile in (("tre", 0.7), ("sd_log_jacobian", 0.7), ("dice", 0.3), ("hd95", 0.3)):
        values = np.array([case[name] for case in cases])
        found[name] = values, (values.mean(), values.std(), np.quantile(values, quantile))
    return found


def _case(root, pair, fields):
    subjects = [pair[role][-16:-12] for role in ("fixed", "moving")]
    disp = nibabel.load(fields / f"disp_{subjects[0]}_{subjects[1]}.nii.gz").get_fdata()
    images = [nibabel.load(root / pair[role]) for role in ("fixed", "moving")]
    assert disp.shape == (*images[0].shape, 3)
    points = [
        np.loadtxt(root / pair[role].replace("images", "keypoints").replace(".nii.gz", ".csv"), delimiter=",")
        for role in ("fixed", "moving")
    ]
    moved = np.stack([map_coordinates(disp[..., i], points[0].T) for i in range(3)], 1)
    errors = np.linalg.norm((points[0] + moved - points[1]) * images[1].header.get_zooms()[:3], axis=1)
    fixed, moving = (nibabel.load(root / pair[r].replace("images", "labels")).get_fdata() for r in ("fixed", "moving"))
    mask = nibabel.load(root / pair["fixed"].replace("images", "masks")).get_fdata() > 0
    warped = map_coordinates(moving, np.moveaxis(disp, -1, 0) + np.indices(fixed.shape), order=0)
    both = [label for label in LABELS if (fixed == label).any() and (moving == label).any()]
    overlap = [_dice(fixed == label, warped == label) for label in both]
    apart = [_hd95(fixed == label, warped == label) for label in both]
    return {
        "tre": errors.mean(),
        "sd_log_jacobian": _sd(disp, mask),
        "dice": np.mean(overlap),
        "hd95": np.mean(apart),
    }


def _sd(disp, mask):
    gradient = np.stack([correlate1d(disp, [-0.5, 0, 0.5], axis=axis) for axis in range(3)], -1)
    core = (slice(2, -2),) * 3
    j = np.linalg.det(gradient + np.eye(3))[core]
    return np.log(np.clip(j + 3, 1e-9, 1e9))[mask[core]].std()


def _dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


def _hd95(one, other):
    from surface_distance import compute_robust_hausdorff, compute_surface_distances

    return compute_robust_hausdorff(compute_surface_distances(one, other, np.ones(3)), 95.0)


@pytest.mark.parametrize("strength_mm", [0.0, 1.0, 6.0])
def test_every_case_and_every_aggregate_is_the_evaluators(data, tmp_path, strength_mm):
    cases, folder = open_cases(data), PredictionFolder(tmp_path / "prediction")
    predict(cases, "wavy", wavy(strength_mm), folder)
    scores = score(folder, cases)
    for name, (values, numbers) in described(data, tmp_path / "prediction" / "learn2reg").items():
        assert list(scores.values(f"learn2reg_{name}").values()) == pytest.approx(values, rel=1e-4, abs=2e-5), name
        found = scores.official()[f"learn2reg_{name}"]
        assert (found.count, (found.mean, found.sd, found.thirty)) == (3, pytest.approx(numbers, rel=1e-4, abs=2e-5))


def test_a_label_that_one_scan_lacks_is_left_out_of_its_mean_alone(predicted, cases):
    third = score(predicted, cases).cases[2]
    assert "absent from the moving scan" in third.undefined["learn2reg_dice labels 3"]
    assert third.values["learn2reg_dice"] == third.values["learn2reg_dice labels 1"]
    assert "absent from the moving scan" in third.undefined["dice"]
