"""The products of a known result: images agree with the truth, figures with the field, files are whole or absent."""

import gzip
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from registration.field.displacement import DisplacementField
from registration.field.jacobian import jacobian_map
from registration.products.catalogue import PRODUCTS, STANDARD, write_products
from registration.products.outcome import outcome_of
from registration.products.report import report_of
from registration.products.warping import warp
from registration.volume import Volume
from tests.builders.fields import corrections


@pytest.fixture
def refined(stored):
    """The outcome after two clicks that each move the field by two millimetres."""
    grid = stored.base.grid
    places = grid.index_to_mm([(8.3, 9.1, 7.7), (16.2, 20.4, 9.1)])
    targets = stored.base.map_points(places) + 2 / np.sqrt(3)
    return outcome_of(stored, corrections(grid, "ab", places, targets))


def test_every_standard_product_is_written_and_nothing_else(refined, tmp_path):
    out = tmp_path / "products"
    out.mkdir()
    write_products(refined, out)
    assert {p.name for p in out.iterdir()} == set(STANDARD) <= set(PRODUCTS)


def test_the_warped_scan_is_the_fixed_scan_where_the_moving_scan_reaches(stored, tmp_path):
    write_products(outcome_of(stored), tmp_path, ("warped.nii.gz",))
    image = sitk.ReadImage(str(tmp_path / "warped.nii.gz"))
    values = sitk.GetArrayFromImage(image).astype(float)
    inside = stored.moving.grid.contains(stored.base.map_points(stored.base.grid.voxel_points().reshape(-1, 3)))
    inside = inside.reshape(values.shape)
    error = np.abs(values - stored.fixed.values)[inside]
    assert inside.mean() > 0.9
    assert np.median(error) < 10
    assert np.corrcoef(values[inside], stored.fixed.values[inside])[0, 1] > 0.999
    assert image.GetPixelID() == sitk.sitkInt16
    assert "research use only" in image.GetMetaData("descrip")


def test_scans_are_written_as_they_were_registered(stored, tmp_path):
    write_products(outcome_of(stored), tmp_path, ("fixed.nii.gz", "moving.nii.gz"))
    for name, scan in (("fixed", stored.fixed), ("moving", stored.moving)):
        image = sitk.ReadImage(str(tmp_path / f"{name}.nii.gz"))
        assert np.abs(sitk.GetArrayFromImage(image) - scan.values).max() <= 0.5
        assert np.allclose(image.GetOrigin(), scan.grid.origin_mm, atol=1e-3)
        assert np.allclose(np.reshape(image.GetDirection(), (3, 3)), scan.grid.axes, atol=1e-5)


def test_a_scan_pulled_slab_by_slab_is_the_scan_pulled_at_once(refined, monkeypatch):
    whole = warp(refined.stored.moving, refined.field).values
    monkeypatch.setattr("registration.products.blocks.SLAB_VOXELS", 1)
    assert np.allclose(warp(refined.stored.moving, refined.field).values, whole, atol=1e-3)


def test_outside_the_moving_scan_there_is_its_darkest_value(stored):
    far = type(stored.base)(stored.base.vectors_mm + np.float32(1000), stored.base.grid)
    assert (warp(stored.moving, far).values == stored.moving.values.min()).all()


def test_labels_stay_labels(stored):
    labels = Volume((stored.moving.values > 0).astype(np.float32) * 7, stored.moving.grid)
    assert set(np.unique(warp(labels, stored.base, interpolation="nearest").values)) == {0, 7}


def test_maps_come_back_on_the_fixed_grid(refined, tmp_path):
    stored = refined.stored
    expected = {
        "confidence": np.exp(-stored.error_mm / 5),
        "error_mm": stored.error_mm,
        "bound_mm": stored.bounds.at(stored.error_mm, 0.9),
        "attention_std": stored.attention_std,
        "jacobian": jacobian_map(refined.field),
    }
    write_products(refined, tmp_path, tuple(f"{name}.nii.gz" for name in expected))
    for name, values in expected.items():
        image = sitk.ReadImage(str(tmp_path / f"{name}.nii.gz"))
        assert np.allclose(sitk.GetArrayFromImage(image), values)
        assert image.TransformIndexToPhysicalPoint((3, 4, 5)) == pytest.approx(
            refined.field.grid.index_to_mm((3, 4, 5)), abs=1e-3
        )


def test_keypoints_are_pairs_in_patient_space_with_the_corrections(refined, tmp_path):
    write_products(refined, tmp_path, ("keypoints.json",))
    content = json.loads((tmp_path / "keypoints.json").read_text())
    pair = content["keypoints"][0]
    assert len(content["keypoints"]) == 40
    assert pair["moving"] == pytest.approx(refined.stored.base.map_points([pair["fixed"]])[0], abs=5e-3)
    assert pair["confidence"] == 0.75
    assert [c["id"] for c in content["corrections"]] == ["a", "b"]


def test_the_report_tells_figures_and_residuals(refined, tmp_path):
    write_products(refined, tmp_path, ("report.json",))
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["jacobian"]["folds"] == int((jacobian_map(refined.field) <= 0).sum())
    assert [c["before_mm"] for c in report["corrections"]] == pytest.approx([2, 2], abs=1e-3)
    assert max(c["after_mm"] for c in report["corrections"]) < 1e-4
    assert report["likeness"]["correlation_after"] > report["likeness"]["correlation_before"]
    assert report["model"]["weights_sha256"] == "00ff"
    bounded = refined.stored.bounds.at(np.float32([report["expected_error_mm"]["p90"]]))[0]
    assert report["bound_mm"]["p90"] == pytest.approx(bounded)
    assert report["bound_mm"]["level"] == 0.9
    assert "Research use only" in report["notice"]


def test_likeness_is_the_correlation_with_the_moving_scan_before_and_after(refined):
    still = DisplacementField(np.zeros_like(refined.field.vectors_mm), refined.field.grid)
    for name, field in (("correlation_before", still), ("correlation_after", refined.field)):
        pulled = warp(refined.stored.moving, field).values
        pair = [v[::2, ::2, ::2].ravel().astype(float) for v in (refined.stored.fixed.values, pulled)]
        assert refined.likeness[name] == pytest.approx(np.corrcoef(pair)[0, 1], abs=1e-6)


def test_equal_results_are_equal_files_whose_gzip_anyone_reads(refined, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_products(refined, tmp_path / folder, ("jacobian.nii.gz",))
    one, two = ((tmp_path / folder / "jacobian.nii.gz").read_bytes() for folder in ("one", "two"))
    assert one == two
    assert len(gzip.decompress(one)) == 352 + refined.jacobian.nbytes


def test_the_report_asks_for_no_error_in_the_air(stored):
    air = np.zeros(stored.fixed.values.shape, bool)
    air[: len(air) // 2] = True
    cut = Volume(np.where(air, -1024, stored.fixed.values).astype(np.float32), stored.fixed.grid)
    figures = report_of(outcome_of(replace(stored, fixed=cut)))["expected_error_mm"]
    seen = stored.error_mm[::2, ::2, ::2][~air[::2, ::2, ::2]]
    assert figures == pytest.approx({"median": np.median(seen), "p90": np.quantile(seen, 0.9), "max": seen.max()})


def test_the_page_is_whole_and_harmless(refined, tmp_path):
    place = refined.corrections.correspondences[0].fixed_mm
    clicks = corrections(refined.field.grid, ["<script>"], [place], [(1, 2, 3)])
    write_products(outcome_of(refined.stored, clicks), tmp_path, ("report.html",))
    page = (tmp_path / "report.html").read_text()
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "http" not in re.sub("base64,[A-Za-z0-9+/=]+", "", page)  # whose letters may spell anything
    assert "data:image/png;base64,iVBOR" in page
    assert "Research use only" in page


def test_the_preview_is_a_picture_of_some_size(refined, tmp_path):
    write_products(refined, tmp_path, ("preview.png",))
    picture = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "preview.png")))
    assert picture.shape[1] > 1500
    assert picture[..., :3].std() > 20


def test_a_product_that_fails_leaves_nothing(refined, tmp_path, monkeypatch):
    def broken(image, file):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("registration.products.nifti.nibabel.Nifti1Image.to_stream", broken)
    with pytest.raises(OSError, match="disk full"):
        write_products(refined, tmp_path / "result", ("warped.nii.gz",))
    assert [p.name for p in (tmp_path / "result").iterdir()] == ["state"]
