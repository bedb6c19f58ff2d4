"""Both passes on a tiny data set: what is stored, what is checked, what is resumed, what the tables say."""

import csv
import json
import subprocess
import sys
from dataclasses import replace

import nibabel
import numpy as np
import pytest

from registration.errors import MethodError
from registration.evaluation.cases import open_cases
from registration.evaluation.comparing import compare
from registration.evaluation.markdown import markdown
from registration.evaluation.methods import METHODS, Method, identity, method_named
from registration.evaluation.predict import predict
from registration.evaluation.prediction import PredictionFolder
from registration.evaluation.score import score
from registration.evaluation.tables import read_scores, write_scores
from registration.field.displacement import DisplacementField
from registration.geometry import Grid
from registration.phantom import make_phantom, write_phantom
from tests.builders.official_data import FIXED, MOVING, wavy

NAMES = ("0101_0000_0101_0001", "0102_0000_0102_0001", "0103_0000_0103_0001")
SMALL = Grid((36, 40, 30), (2.5, 2.5, 4.0), (-102.5, -55.0, -54.0))


def test_identity_moves_nothing_and_its_error_is_the_distance_before(cases, tmp_path):
    folder = PredictionFolder(tmp_path / "identity")
    assert predict(cases, "identity", identity("auto"), folder) == 0
    scores = score(folder, cases)
    for index, figures in enumerate(scores.cases):
        fixed, moving = cases.case(index).landmarks
        assert figures.values["tre_mm"] == pytest.approx(np.linalg.norm(fixed - moving, axis=1).mean())
        assert figures.values["tre_before_mm"] == figures.values["tre_mm"]
        assert figures.errors_mm == figures.errors_before_mm
        assert (figures.values["sd_log_jacobian"], figures.values["folds_percent_mask"]) == (0.0, 0.0)
    assert scores.summaries()["tre_mm"].count == 3


def test_the_official_file_sends_voxels_where_the_field_sends_millimetres(predicted, cases):
    field = predicted.field(NAMES[0], FIXED)
    image = nibabel.load(predicted.folder / "learn2reg" / "disp_0101_0101.nii.gz")
    assert (image.get_data_dtype(), image.shape) == (np.float32, (*FIXED.size, 3))
    index = np.array([(3, 4, 5), (20, 11, 17)])
    there = index + image.get_fdata()[tuple(index.T)]
    assert MOVING.index_to_mm(there) == pytest.approx(field.map_points(FIXED.index_to_mm(index)), abs=1e-4)


def test_a_stopped_run_goes_on_and_does_nothing_twice(cases, tmp_path):
    folder, asked = PredictionFolder(tmp_path / "run"), []

    def register(fixed, moving):
        asked.append(1)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return wavy(1.0).register(fixed, moving)

    method = Method({"strength_mm": 1.0}, register)
    with pytest.raises(KeyboardInterrupt):
        predict(cases, "wavy", method, folder)
    with pytest.raises(MethodError, match=f"{NAMES[1]} has not been predicted"):
        score(folder, cases)
    first = (folder.folder / "fields" / f"{NAMES[0]}.mha").stat().st_mtime_ns
    assert predict(cases, "wavy", method, folder) == 0
    assert len(asked) == 4
    assert (folder.folder / "fields" / f"{NAMES[0]}.mha").stat().st_mtime_ns == first


def test_a_failed_case_is_named_counted_and_tried_again(cases, tmp_path):
    folder, broken = PredictionFolder(tmp_path / "run"), [True]

    def register(fixed, moving):
        if broken[0] and fixed.values[0, 0, 0] == cases.case(1).fixed.values[0, 0, 0]:
            raise MethodError("too-few-keypoints", "Too few.")
        return wavy(1.0).register(fixed, moving)

    method = Method({}, register)
    assert predict(cases, "fragile", method, folder) == 1
    scores = score(folder, cases)
    assert scores.failures == {NAMES[1]: "Too few. [too-few-keypoints]"}
    assert scores.summaries()["tre_mm"].count == 2
    text = markdown(scores, {})
    assert "2 of 3 cases registered" in text
    assert f"- {NAMES[1]}: Too few." in text
    assert "(n = 2 < 3)" in text
    broken[0] = False
    assert predict(cases, "fragile", method, folder) == 0
    assert not score(folder, cases).failures


@pytest.mark.parametrize(
    ("name", "method", "told"),
    [("wavy", wavy(2.0), "settings: strength_mm is 1.0, expected 2.0"), ("bent", wavy(1.0), "method is 'wavy'")],
)
def test_a_folder_belongs_to_one_method(predicted, cases, name, method, told):
    with pytest.raises(MethodError, match=told) as refused:
        predict(cases, name, method, predicted)
    assert refused.value.code == "prediction-invalid"


def test_another_data_set_is_refused(predicted, tmp_path, data):
    other = tmp_path / "other"
    other.mkdir()
    listed = json.loads(data.read_text())
    listed["registration_val"] = listed["registration_val"][:2]
    for folder in data.parent.iterdir():
        if folder.is_dir():
            (other / folder.name).symlink_to(folder)
    (other / "NLST_dataset.json").write_text(json.dumps(listed))
    with pytest.raises(MethodError, match=f"another data set: cases: {NAMES[2]}"):
        score(predicted, open_cases(other))


def test_fields_that_were_lost_or_changed_are_refused(predicted, cases):
    official = predicted.folder / "learn2reg" / "disp_0102_0102.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.zeros((3, 3, 3, 3), np.float32), np.eye(4)), official)
    with pytest.raises(MethodError, match=r"disp_0102_0102.nii.gz has the shape \(3, 3, 3, 3\)"):
        score(predicted, cases)
    (predicted.folder / "fields" / f"{NAMES[0]}.mha").unlink()
    with pytest.raises(MethodError, match=f"{NAMES[0]}.mha is missing"):
        score(predicted, cases)


def test_tables_hold_every_case_and_come_back(predicted, cases, tmp_path):
    scores = score(predicted, cases)
    write_scores(scores, tmp_path / "scores")
    rows = list(csv.DictReader((tmp_path / "scores" / "cases.csv").read_text().splitlines()))
    assert [row["case"] for row in rows] == list(NAMES)
    assert float(rows[1]["tre_mm"]) == pytest.approx(scores.cases[1].values["tre_mm"], rel=1e-5)
    assert rows[2]["dice labels 3"] == ""
    assert read_scores(tmp_path / "scores" / "scores.json") == scores
    table = (tmp_path / "scores" / "table.md").read_text()
    mean = np.mean(list(scores.values("tre_mm").values()))
    assert f"| tre_mm | {mean:.4g} ±" in table
    assert "(n = 3 < 8)" in table
    assert f"- {NAMES[2]}, dice labels 3: The label is absent from the moving scan." in table


def test_methods_are_compared_case_by_case_and_corrected(predicted, cases, tmp_path):
    scores, others = score(predicted, cases), {}
    for name, strength in (("calm", 0.5), ("rough", 3.0)):
        folder = PredictionFolder(tmp_path / name)
        predict(cases, name, wavy(strength), folder)
        others[name] = score(folder, cases)
    found = compare(scores, others)["calm"]["tre_mm"]
    apart = np.array(list(scores.values("tre_mm").values())) - list(others["calm"].values("tre_mm").values())
    assert (found.count, found.comparisons, found.mean_difference) == (3, 2, pytest.approx(apart.mean()))
    assert found.wilcoxon_p.reason == "n = 3 < 7"
    assert "dice" in compare(scores, others)["rough"]


def test_scores_of_other_data_are_not_compared(predicted, cases):
    scores = score(predicted, cases)
    other = replace(scores, settings=scores.settings | {"data": {"kind": "folder", "cases": {}}})
    with pytest.raises(MethodError, match="another data set"):
        compare(scores, {"elsewhere": other})


def test_a_folder_of_phantoms_is_a_data_set_whose_truth_scores_zero(tmp_path):
    pair = make_phantom("thorax", seed=3, grid=SMALL)
    write_phantom(pair, tmp_path / "data" / "chest")
    (tmp_path / "data" / "chest" / "fixed_tumour.nii.gz").unlink()  # it lies on the other side: an empty mask
    truth = pair.field(SMALL.voxel_points()).reshape(*SMALL.shape, 3).astype(np.float32)
    cases, folder = open_cases(tmp_path / "data"), PredictionFolder(tmp_path / "truth")
    predict(cases, "truth", Method({}, lambda fixed, _: DisplacementField(truth, fixed.grid)), folder)
    (figures,) = score(folder, cases).cases
    assert figures.values["tre_mm"] < 0.5 < figures.values["tre_before_mm"]
    assert figures.values["dice lung"] > 0.85
    assert figures.values["ncc"] > 0.9
    assert (folder.folder / "learn2reg" / "disp_chest.nii.gz").is_file()


def test_scoring_loads_no_torch():
    script = "import sys, registration.evaluation.score, registration.evaluation.tables, registration.evaluation.cases"
    loaded = subprocess.run(
        [sys.executable, "-c", f"{script}; print('torch' in sys.modules)"], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "False"


def test_a_method_of_another_module_and_one_that_is_not():
    assert method_named("registration.evaluation.methods:identity").settings == {}
    for name, told in (("syn", "there are default"), ("nowhere:at_all", "cannot be loaded"), ("json:syn", "cannot be")):
        with pytest.raises(MethodError, match=told) as refused:
            method_named(name)
        assert refused.value.code == "method-unknown"
    with pytest.raises(MethodError, match="No preset"):
        method_named("identity", "brain")


@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_what_decides_it(name):
    json.dumps(method_named(name).settings)
