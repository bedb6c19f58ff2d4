"""A field from elsewhere becomes a result like any other, which invents no confidence."""

import json

import numpy as np
import pytest

from registration.adopt import FOREIGN, adopt
from registration.archive import load_result, save_result
from registration.errors import FieldError
from registration.field.jacobian import jacobian_map
from registration.products.catalogue import PRODUCTS, write_products
from registration.products.dicom.identity import stamp_of
from registration.products.dicom.objects import write_objects
from registration.products.displacement_field import write_field
from registration.products.outcome import outcome_of
from registration.reading.fields import open_field
from registration.refine import refine
from registration.refinement.corrections import CorrectionSet
from tests.builders.fields import corrections, odd_grid
from tests.builders.results import stored_result
from tests.builders.sourced import sourced_result


@pytest.fixture
def stored(tmp_path):
    return stored_result(tmp_path / "result")


@pytest.fixture
def adopted(stored, tmp_path):
    """The field of a known result, written by one tool and taken over by another."""
    write_field(stored.base, tmp_path / "field.nii.gz", format="nifti")
    result = adopt(stored.fixed, stored.moving, open_field(tmp_path / "field.nii.gz"))
    save_result(tmp_path / "adopted", stored.fixed, stored.moving, result)
    return load_result(tmp_path / "adopted")


def test_the_result_says_that_it_is_foreign_and_knows_no_error(adopted, stored):
    assert np.array_equal(adopted.base.vectors_mm, stored.base.vectors_mm)
    assert (adopted.model.name, adopted.model.version, adopted.model.weights_sha256) == (FOREIGN, "nifti", "")
    assert np.isnan(adopted.error_mm).all()
    assert np.isnan(adopted.confidence).all()
    assert np.isinf(adopted.bound_mm).all()
    assert len(adopted.matches) == 0


def test_its_figures_are_computed(adopted):
    determinants = jacobian_map(adopted.base)
    qa = adopted.manifest["qa"]
    assert qa["folds"] == int((determinants <= 0).sum())
    assert qa["jacobian_max"] == pytest.approx(float(determinants.max()))
    assert (qa["adopted"], qa["covered_percent"], qa["notes"]) == ("nifti", 100, [])
    assert qa["arriving_percent"] > 90


def test_every_product_can_be_written(adopted, tmp_path):
    out = tmp_path / "products"
    out.mkdir()
    write_products(outcome_of(adopted), out, tuple(PRODUCTS))
    report = json.loads((out / "report.json").read_text())
    assert report["expected_error_mm"] == {"median": None, "p90": None, "max": None}
    assert report["bound_mm"]["p90"] is None
    assert report["detector"] == "none"
    assert report["likeness"]["correlation_after"] > report["likeness"]["correlation_before"]


def test_clicks_are_met_and_nothing_else_changes(adopted):
    place = adopted.base.grid.index_to_mm([(8.3, 9.1, 7.7)])
    clicks = corrections(adopted.base.grid, "a", place, adopted.base.map_points(place) + 2)
    change = refine(adopted.base, CorrectionSet(adopted.base.grid), clicks)
    assert change.residuals[0].after_mm < 1e-4
    field = outcome_of(adopted, clicks).field
    same = (field.vectors_mm == adopted.base.vectors_mm).all(-1)
    inside = np.zeros(same.shape, bool)
    inside[change.patch.box.slices] = True
    assert same[~inside].all()
    assert not same[inside].all()


def test_a_registration_of_the_other_direction_is_refused(tmp_path):
    stored = sourced_result(tmp_path / "result", grid=odd_grid(3))
    (path,) = write_objects(outcome_of(stored), tmp_path, ["registration"], stamp_of(outcome_of(stored)))[
        "registration"
    ]
    assert adopt(stored.fixed, stored.moving, open_field(path)).model.name == FOREIGN
    with pytest.raises(FieldError, match="swap") as refused:
        adopt(stored.moving, stored.fixed, open_field(path))
    assert refused.value.code == "field-grid-mismatch"
