"""The command line as its users see it: what is printed, what is written, what a refusal leaves behind."""

import csv
import io
import json
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from cli.main import main
from registration.archive import load_result
from registration.field.displacement import map_at
from registration.products.catalogue import STANDARD, write_products
from registration.products.outcome import outcome_of
from tests.builders.images import write_image
from tests.builders.results import stored_result

PAIR = ("fixed_x", "fixed_y", "fixed_z", "moving_x", "moving_y", "moving_z")


@pytest.fixture
def kernelreg(monkeypatch, capsys):
    """Runs the command: (exit code, stdout, stderr)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["kernelreg", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return run


@pytest.fixture
def result(tmp_path):
    """A result folder as `register` leaves it."""
    stored = stored_result(tmp_path / "result")
    quick = tuple(name for name in STANDARD if name not in ("preview.png", "report.html"))
    write_products(outcome_of(stored), stored.folder, quick)
    return stored


def table(path, columns, rows):
    np.savetxt(path, np.atleast_2d(rows), delimiter=",", header=",".join(columns), comments="", fmt="%.6f")
    return path


def clicks(result, tmp_path, error=1.5):
    """A table of two clicks that the field misses, and its columns."""
    places = result.base.grid.index_to_mm([(8.3, 9.1, 7.7), (16.2, 20.4, 9.1)])
    targets = result.base.map_points(places) + error
    return table(tmp_path / "clicks.csv", PAIR, np.c_[places, targets]), places, targets


def printed_points(text):
    rows = list(csv.DictReader(io.StringIO(text)))
    return rows, np.array([[float(r[c]) for c in "xyz"] for r in rows])


def everything(folder):
    return {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--detector", "surf"], 2, ["[detector-unknown]", "foerstner, sift, disk, superpoint"]),
        (["--detector", "disk"], 2, ["[weights-missing]", "depth-save.pth", "Apache License"]),
        (["--detector", "superpoint"], 2, ["[weights-missing]", "superpoint_v1.pth", "non-commercial research"]),
        (["--max-keypoints", "29"], 2, ["--max-keypoints", "greater than"]),
    ],
)
def test_keypoints_that_cannot_be_found_are_refused_before_a_scan_is_read(
    kernelreg, tmp_path, monkeypatch, options, code, told
):
    monkeypatch.setenv("KERNELREG_WEIGHTS_DIR", str(tmp_path / "weights"))
    ended, _, err = kernelreg("register", "no-scan", "no-scan", "--output", tmp_path / "out", *options)
    assert ended == code
    assert all(text in " ".join(err.split()) for text in told)
    assert not (tmp_path / "out").exists()


def test_refine_changes_field_points_and_files_together(kernelreg, result, tmp_path):
    corrections, places, targets = clicks(result, tmp_path)
    code, out, _ = kernelreg("refine", result.folder, "--correspondences", corrections)
    assert code == 0
    assert "2.60" in out
    code, out, err = kernelreg("points", result.folder, table(tmp_path / "p.csv", "xyz", places))
    assert (code, err) == (0, "")
    assert np.abs(printed_points(out)[1] - targets).max() < 1e-4
    image = sitk.ReadImage(str(result.folder / "displacement_field.mha"), sitk.sitkVectorFloat64)
    transform = sitk.DisplacementFieldTransform(image)
    assert np.abs([transform.TransformPoint(p) for p in places.tolist()] - targets).max() < 1e-4
    assert len(json.loads((result.folder / "report.json").read_text())["corrections"]) == 2
    assert (result.folder / "preview.png").is_file()


def test_the_same_place_again_moves_the_click_and_removal_restores_the_field(kernelreg, result, tmp_path):
    original = (result.folder / "displacement_field.mha").read_bytes()
    for error in (1.5, 0.5):
        assert kernelreg("refine", result.folder, "--correspondences", clicks(result, tmp_path, error)[0])[0] == 0
    ids = load_result(result.folder).corrections.ids
    assert len(ids) == 2
    assert kernelreg("refine", result.folder, *(a for i in ids for a in ("--remove", i)))[0] == 0
    assert (result.folder / "displacement_field.mha").read_bytes() == original


def test_ids_of_the_table_are_kept(kernelreg, result, tmp_path):
    _, places, targets = clicks(result, tmp_path)
    row = ",".join(map(str, [*places[0], *targets[0]]))
    (tmp_path / "named.csv").write_text(f"id,{','.join(PAIR)}\nvessel fork,{row}\n")
    assert kernelreg("refine", result.folder, "--correspondences", tmp_path / "named.csv")[0] == 0
    assert load_result(result.folder).corrections.ids == ("vessel fork",)


def test_points_there_and_back(kernelreg, result, tmp_path):
    fixed = result.base.grid.index_to_mm([(5.5, 6.1, 7.2), (12.0, 13.0, 8.0)])
    _, out, _ = kernelreg("points", result.folder, table(tmp_path / "f.csv", "xyz", fixed))
    moving = printed_points(out)[1]
    _, out, _ = kernelreg("points", result.folder, table(tmp_path / "m.csv", "xyz", moving), "--inverse")
    rows, back = printed_points(out)
    assert np.abs(back - fixed).max() < 1e-3
    assert [r["converged"] for r in rows] == ["1", "1"]
    assert max(float(r["residual_mm"]) for r in rows) < 1e-3


def test_evaluate_measures_known_landmarks(kernelreg, result, tmp_path):
    fixed = result.base.grid.index_to_mm(np.random.default_rng(1).uniform(2, 13, (20, 3)))
    landmarks = table(tmp_path / "lm.csv", PAIR, np.c_[fixed, np.add(result.base.map_points(fixed), [3, 0, 4])])
    code, out, _ = kernelreg("evaluate", result.folder, landmarks, "--json")
    figures = json.loads(out)
    assert code == 0
    assert figures["landmarks"] == 20
    assert figures["registered"] == pytest.approx({"TRE": 5, "TRE30": 5, "median": 5, "max": 5}, abs=1e-3)
    doubt = map_at(result.error_mm, result.base.grid, fixed)
    assert 0 < (doubt > 2).mean() < 1  # where the bound is above 5 mm
    assert figures["within_bound"] == {"level": 0.9, "share": pytest.approx((doubt > 2).mean())}
    told = kernelreg("evaluate", result.folder, landmarks)[1]
    assert "registered" in told
    assert "within the 90 % bound" in told


def test_evaluate_measures_organs_as_the_scores_do(kernelreg, result, tmp_path):
    """An organ that covers the moving scan covers the fixed one, so the pulled organ is the whole fixed scan."""
    fixed, moving = result.fixed.grid, result.moving.grid
    whole = write_image(np.ones(moving.shape, np.uint8), moving, tmp_path / "moving.nii.gz")
    half = np.ones(fixed.shape, np.uint8)
    half[: fixed.size[2] // 2] = 2
    organs = ("--fixed-labels", write_image(half, fixed, tmp_path / "fixed.nii.gz"), "--moving-labels", whole)
    landmarks = table(tmp_path / "lm.csv", PAIR, np.r_[fixed.corners().mean(0), moving.corners().mean(0)])
    code, out, _ = kernelreg("evaluate", result.folder, landmarks, *organs, "--json")
    figures = json.loads(out)
    assert code == 0
    assert figures["organs"]["dice labels 1"] == pytest.approx(2 / 3)
    assert "absent from the moving scan" in figures["undefined"]["dice labels 2"]
    assert "dice labels 1" in kernelreg("evaluate", result.folder, landmarks, *organs)[1]
    assert kernelreg("evaluate", result.folder, landmarks, *organs[:2])[0] == 2


def test_inspect_tells_geometry_as_text_and_json(kernelreg, tmp_path):
    grid = stored_result(tmp_path / "result").fixed.grid
    path = write_image(np.random.default_rng(0).normal(size=grid.shape).astype(np.float32), grid, tmp_path / "scan.mha")
    code, out, _ = kernelreg("inspect", path)
    assert code == 0
    assert "24 × 28 × 16" in out
    assert json.loads(kernelreg("inspect", path, "--json")[1])["size"] == [24, 28, 16]


REFUSALS = {
    "a scan that is missing": (("register", "{missing}", "{scan}", "--output", "{out}"), "missing.mha"),
    "a moving scan that is no volume": (("register", "{scan}", "{table}", "--output", "{out}"), "clicks.csv"),
    "a preset that does not exist": (("register", "{scan}", "{scan}", "--output", "{out}", "--preset", "foot"), "foot"),
    "corrections that are missing": (
        ("register", "{scan}", "{scan}", "--output", "{out}", "--correspondences", "{missing}"),
        "missing.mha",
    ),
    "an output that is a file": (("register", "{scan}", "{scan}", "--output", "{table}"), "clicks.csv"),
    "a table that is missing": (("refine", "{result}", "--correspondences", "{missing}"), "missing.mha"),
    "an unknown correction": (("refine", "{result}", "--remove", "zebra"), "zebra"),
    "a folder without a result": (("refine", "{empty}", "--remove", "x"), "empty"),
    "points outside": (("points", "{result}", "{far}"), "far.csv"),
    "a scan that is no scan": (("inspect", "{table}"), "clicks.csv"),
}


@pytest.mark.parametrize(("arguments", "names"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_names_the_culprit_and_leaves_no_trace(kernelreg, result, tmp_path, arguments, names):
    (tmp_path / "empty").mkdir()
    places = {
        "missing": tmp_path / "missing.mha",
        "scan": write_image(result.fixed.values, result.fixed.grid, tmp_path / "scan.mha"),
        "table": clicks(result, tmp_path)[0],
        "far": table(tmp_path / "far.csv", "xyz", [9e5, 0, 0]),
        "out": tmp_path / "out",
        "result": result.folder,
        "empty": tmp_path / "empty",
    }
    before = everything(tmp_path)
    code, out, err = kernelreg(*(a.format(**places) for a in arguments))
    assert code == 2
    assert out == ""
    assert names in err
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err
    assert everything(tmp_path) == before
    assert not places["out"].exists()


def test_something_broken_is_one_sentence_unless_debugging(kernelreg, result, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr("registration.products.catalogue.write_products", full)
    before = everything(result.folder)
    arguments = ("refine", result.folder, "--correspondences", clicks(result, tmp_path)[0])
    code, _, err = kernelreg(*arguments)
    assert code == 1
    assert "unexpected OSError" in err
    assert "disk full" not in err
    assert everything(result.folder) == before
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
    monkeypatch.setattr(sys, "argv", ["kernelreg", *map(str, arguments), "--debug"])
    with pytest.raises(OSError, match="disk full"):
        main()


def test_version_and_help_name_every_verb(kernelreg):
    assert kernelreg("--version")[1].startswith("kernelreg 0.")
    code, out, _ = kernelreg("--help")
    assert code == 0
    verbs = "register refine points densify evaluate inspect phantom train serve stack demo"
    for verb in verbs.split():
        assert verb in out
        assert kernelreg(verb, "--help")[0] == 0
