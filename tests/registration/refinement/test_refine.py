"""The promises of refinement: exact where clicked, local, without folds, and a function of the set alone."""

import time

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from registration.errors import PointError
from registration.field.displacement import DisplacementField
from registration.field.jacobian import jacobian_map
from registration.geometry import Grid
from registration.refine import field_with, refine
from registration.refinement.corrections import CorrectionSet, Correspondence
from registration.refinement.settings import RefinementSettings
from registration.refinement.solution import Solver
from tests.builders.fields import clicks_on, corrections, smooth_field

REAL = Grid((115, 157, 129), (1.366, 1.366, 2.5), (-80.0, -100.0, 30.0))
odd = settings(max_examples=25, deadline=None)


def residuals(field: DisplacementField, clicks: CorrectionSet) -> np.ndarray:
    fixed, moving = (np.array([getattr(c, side) for c in clicks.correspondences]) for side in ("fixed_mm", "moving_mm"))
    return np.linalg.norm(field.map_points(fixed) - moving, axis=1)


def through_itk(field: DisplacementField, points: list) -> np.ndarray:
    image = sitk.GetImageFromArray(field.vectors_mm.astype(float), isVector=True)
    image.SetSpacing(field.grid.spacing_mm)
    image.SetOrigin(field.grid.origin_mm)
    image.SetDirection(field.grid.axes.ravel().tolist())
    transform = sitk.DisplacementFieldTransform(image)
    return np.array([transform.TransformPoint(list(map(float, p))) for p in points])


@odd
@given(seed=st.integers(0, 10_000), count=st.integers(1, 6))
def test_every_accepted_click_is_met_exactly_on_any_grid(seed, count):
    base = smooth_field(seed)
    clicks = clicks_on(base, count, seed=seed, error_mm=1.0)
    result = refine(base, CorrectionSet(base.grid), clicks)
    assert not result.relaxed
    assert residuals(field_with(base, clicks), clicks).max() < 2e-5
    assert max(r.after_mm for r in result.residuals) < 2e-5


def test_clicks_between_thick_slices_and_ten_millimetres_apart_are_exact_for_itk_too():
    grid = Grid((60, 60, 24), (1.3, 1.3, 5.0), (10.0, -20.0, 7.0))
    base = smooth_field(3, grid)
    places = [
        grid.index_to_mm((30.3, 29.6, 12.5)),
        grid.index_to_mm((30.3, 29.6, 14.5)),
        grid.index_to_mm((22.7, 29.1, 12.2)),
    ]
    targets = np.add(base.map_points(places), [[2, 1, -1], [1, 2, 0.5], [-1, 0.5, 1]])
    clicks = corrections(grid, "abc", places, targets)
    field = field_with(base, clicks)
    assert residuals(field, clicks).max() < 1e-5
    assert np.abs(through_itk(field, places) - targets).max() < 1e-5


@odd
@given(seed=st.integers(0, 10_000), data=st.data())
def test_only_the_set_counts_bit_for_bit(seed, data):
    base = smooth_field(seed % 5)
    clicks = clicks_on(base, 6, seed=seed, error_mm=3.0)
    order = data.draw(st.permutations(clicks.correspondences))
    detour = data.draw(st.integers(0, 5))
    now, vectors = CorrectionSet(base.grid), np.array(base.vectors_mm)
    off = Correspondence("off", order[0].fixed_mm, tuple(np.add(order[0].moving_mm, 0.9)))
    history = [now.edited(set=[off])]
    for one in order:
        history.append(
            history[-1].edited(set=[Correspondence(one.id, one.fixed_mm, tuple(np.add(one.moving_mm, 0.7)))])
        )
        if one.id == f"c{detour}":
            history.append(history[-1].edited(set=[one], remove=["off"]))
        history.append(history[-1].edited(set=[one]))
    for then in history:
        patch = refine(base, now, then).patch
        vectors[patch.box.slices] = patch.vectors_mm
        now = then
    assert now == clicks
    assert np.array_equal(vectors.view(np.uint32), field_with(base, clicks).vectors_mm.view(np.uint32))


def test_removing_every_click_restores_the_original_bits():
    base = smooth_field(7)
    base.vectors_mm[4, 5, 6] = -0.0
    clicks = clicks_on(base, 8, error_mm=4.0)
    vectors = field_with(base, clicks).vectors_mm
    assert not np.array_equal(vectors, base.vectors_mm)
    patch = refine(base, clicks, CorrectionSet(base.grid)).patch
    vectors[patch.box.slices] = patch.vectors_mm
    assert np.array_equal(vectors.view(np.uint32), base.vectors_mm.view(np.uint32))


@odd
@given(seed=st.integers(0, 10_000))
def test_outside_the_box_nothing_changes_and_inside_it_is_the_full_field(seed):
    base = smooth_field(seed % 5)
    after = clicks_on(base, 5, seed=seed)
    before = after.edited(remove=["c3"])
    patch = refine(base, before, after).patch
    old, new = (field_with(base, s).vectors_mm for s in (before, after))
    assert np.array_equal(new[patch.box.slices], patch.vectors_mm)
    changed = np.any(old.view(np.uint32) != new.view(np.uint32), axis=-1)
    inside = np.zeros(changed.shape, bool)
    inside[patch.box.slices] = True
    assert changed.any()
    assert not (changed & ~inside).any()


def test_the_box_of_one_click_is_local_and_fast(tmp_path):
    np.save(tmp_path / "base.npy", smooth_field(1, REAL).vectors_mm)
    base = DisplacementField(np.load(tmp_path / "base.npy", mmap_mode="r"), REAL)
    after = clicks_on(base, 11, error_mm=4.0, apart_mm=35.0)
    before = after.edited(remove=["c5"])
    took = []
    for _ in range(5):
        started = time.perf_counter()
        result = refine(base, before, after)
        took.append(time.perf_counter() - started)
    box = result.patch.box
    assert np.prod(box.shape) < 0.3 * np.prod(REAL.shape)
    corners = REAL.voxel_points(box.start, box.stop).reshape(-1, 3)
    changed = np.any(result.patch.vectors_mm != field_with(base, before).vectors_mm[box.slices], axis=-1).ravel()
    click = next(c for c in after.correspondences if c.id == "c5")
    assert np.linalg.norm(corners[changed] - click.fixed_mm, axis=1).max() < 100
    assert min(took) < 0.1  # ten times what one quiet core needs


def test_nothing_to_do_gives_an_empty_box():
    base = smooth_field()
    clicks = clicks_on(base, 2)
    result = refine(base, clicks, clicks)
    assert result.patch.box.empty
    assert result.patch.vectors_mm.shape == (0, 0, 0, 3)
    assert [r.before_mm for r in result.residuals] == [r.after_mm for r in result.residuals]


def test_far_targets_widen_the_support_and_fold_nothing():
    base = smooth_field(2, REAL)
    place = REAL.index_to_mm((57.2, 78.4, 64.7))
    click = Correspondence("far", tuple(place), tuple(base.map_points([place])[0] + [9.0, 0.0, 0.0]))
    result = refine(base, CorrectionSet(REAL), CorrectionSet(REAL, (click,)))
    assert 30 < result.radii_mm["far"] <= 60
    assert result.folds == 0
    assert result.residuals[0].after_mm < 1e-5
    assert np.prod(result.patch.box.shape) < 0.3 * np.prod(REAL.shape)


@pytest.mark.parametrize("shift", [12.0, 60.0, 5000.0])
def test_clicks_that_would_fold_are_met_in_part_and_say_so(shift):
    """Two neighbours pulled through each other: no field without folds meets both."""
    base = smooth_field(4, REAL)
    places = REAL.index_to_mm([(50.0, 78.0, 64.0), (56.0, 78.0, 64.0)])
    targets = np.add(base.map_points(places), [[shift, 0, 0], [-shift, 0, 0]])
    clicks = corrections(REAL, "ab", places, targets)
    result = refine(base, CorrectionSet(REAL), clicks)
    field = field_with(base, clicks)
    assert (jacobian_map(field) > 0).all()
    assert result.relaxed == ("a", "b")
    assert result.folds == 0
    told = [r.after_mm for r in result.residuals]
    assert min(told) > 1
    assert np.allclose(told, residuals(field, clicks), atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 12), error_mm=st.floats(5, 40))
def test_crowded_clicks_that_disagree_never_fold_and_tell_what_they_miss(seed, count, error_mm):
    base = smooth_field(seed % 5)
    clicks = clicks_on(base, count, seed=seed, error_mm=error_mm, apart_mm=3.0)
    result = refine(base, CorrectionSet(base.grid), clicks)
    field = field_with(base, clicks)
    assert not ((jacobian_map(field) <= 0) & (jacobian_map(base) > 0)).any()
    told = np.array([r.after_mm for r in result.residuals])
    assert told == pytest.approx(residuals(field, clicks), abs=1e-3)
    met = np.array([r.id not in result.relaxed for r in result.residuals])
    assert (told[met] < 1e-3).all()


def test_folds_of_the_base_are_neither_mended_nor_held_against_a_click():
    base = smooth_field(5)
    base.vectors_mm[15, 20, 24] += 40
    before = int((jacobian_map(base) <= 0).sum())
    clicks = clicks_on(base, 4, error_mm=1.0)
    after = int((jacobian_map(field_with(base, clicks)) <= 0).sum())
    assert before > 0
    assert after <= before


def test_two_names_for_one_click_share_it():
    base = smooth_field(6)
    place = base.grid.index_to_mm((20.3, 20.2, 15.1))
    target = base.map_points([place])[0] + 1.0
    clicks = corrections(base.grid, "ab", [place, place], [target, target])
    assert residuals(field_with(base, clicks), clicks).max() < 1e-5


def test_a_kept_solver_changes_nothing():
    base = smooth_field(8)
    after = clicks_on(base, 6)
    before = after.edited(remove=["c1"])
    solver = Solver(base, RefinementSettings())
    refine(base, CorrectionSet(base.grid), before, solver=solver)
    kept, fresh = refine(base, before, after, solver=solver), refine(base, before, after)
    assert kept.patch.box == fresh.patch.box
    assert np.array_equal(kept.patch.vectors_mm, fresh.patch.vectors_mm)
    assert kept.residuals == fresh.residuals


def test_a_wider_radius_reaches_further():
    base = smooth_field(9, REAL)
    clicks = clicks_on(base, 1, error_mm=1.0)
    near, far = (
        refine(base, CorrectionSet(REAL), clicks, settings=RefinementSettings(radius_mm=r)) for r in (20.0, 40.0)
    )
    assert np.prod(far.patch.box.shape) > np.prod(near.patch.box.shape)
    with pytest.raises(ValueError, match=r"5\.0 to 40\.0 mm"):
        RefinementSettings(radius_mm=50.0)


def test_a_refused_edit_leaves_the_set_alone():
    clicks = clicks_on(smooth_field(), 3)
    outside = Correspondence("out", (9e5, 0.0, 0.0), (0.0, 0.0, 0.0))
    with pytest.raises(PointError) as refused:
        clicks.edited(set=[outside])
    assert refused.value.code == "point-outside-scan"
    assert len(clicks) == 3
