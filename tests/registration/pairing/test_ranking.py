"""Which pair a radiologist would pick: thin, axial, original, same phase and kernel; and when nobody can know."""

from dataclasses import replace

import pytest

from registration.pairing import Flag, SeriesSummary, flags_of, rank

THIN = SeriesSummary(
    name="thin", modality="CT", image_type=("ORIGINAL", "PRIMARY", "AXIAL"), slices=300, thickness_mm=1.0,
    plane="axial", kernel="B30F", contrast=True, body_part="CHEST", frame_of_reference_uid="1.2",
    acquired="20200101101500", description="thorax venous 1.0 b30f", patient=("P1", "HOSPITAL"),
)  # fmt: skip
THICK = replace(THIN, name="thick", thickness_mm=5.0, slices=60, description="thorax venous 5.0 b30f")
LUNG = replace(THIN, name="lung", kernel="B70F", description="thorax venous 1.0 b70f")
ARTERIAL = replace(THIN, name="arterial", description="thorax arterial 1.0 b30f")
NATIVE = replace(THIN, name="native", contrast=False, description="thorax nativ 1.0 b30f")
CORONAL = replace(
    THIN, name="coronal", plane="coronal", image_type=("DERIVED", "SECONDARY", "REFORMATTED"), description="thorax cor"
)
MIP = replace(THIN, name="mip", image_type=("DERIVED", "SECONDARY", "MIP"), description="thorax mip")
SCOUT = replace(THIN, name="scout", image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"), slices=2)
DOSE = replace(THIN, name="dose", modality="SR", slices=1, description="dose report")
STUDY = [SCOUT, MIP, CORONAL, THICK, NATIVE, ARTERIAL, LUNG, THIN, DOSE]


def later(series):
    """The same series of a follow-up a month later."""
    return replace(
        series, name=f"{series.name} later", acquired=f"20200201{series.acquired[8:]}", frame_of_reference_uid="1.3"
    )


FOLLOW_UP = [later(series) for series in STUDY]


def test_the_thin_soft_pairs_of_one_phase_come_first_and_which_phase_nobody_can_know():
    ranking = rank(STUDY, FOLLOW_UP)
    first = [(pair.fixed.name, pair.moving.name) for pair in ranking.candidates[:3]]
    assert set(first) == {(name, f"{name} later") for name in ("thin", "arterial", "native")}
    assert ranking.ambiguous


@pytest.mark.parametrize("wanted", [THIN, LUNG, NATIVE, ARTERIAL])
def test_to_a_given_fixed_series_its_like_is_clear(wanted):
    ranking = rank([wanted], FOLLOW_UP)
    assert (ranking.candidates[0].moving.name, ranking.ambiguous) == (f"{wanted.name} later", False)


def test_to_a_thick_series_a_thin_one_of_its_phase_and_kernel_is_better_than_another_thick_one():
    assert rank([THICK], FOLLOW_UP).candidates[0].moving.name == "thin later"


def test_localisers_and_reports_are_left_out_with_the_reason():
    left_out = {one.name: one.reason for one in rank(STUDY, FOLLOW_UP).left_out}
    assert set(left_out) == {"scout", "dose", "scout later", "dose later"}
    assert left_out["scout"] == "localiser"
    assert "SR" in left_out["dose"]


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        (replace(THIN, description="topogram 0.6"), "localiser"),
        (replace(THIN, description="dose report"), "report"),
        (replace(THIN, slices=7), "7 slices"),
        (replace(THIN, modality="SEG"), "SEG"),
        (replace(THIN, description="low dose chest"), None),
        (replace(THIN, description="liver protocol"), None),
        (replace(THIN, slices=None), None),
    ],
)
def test_what_cannot_be_registered(series, reason):
    found = rank([series], [later(THIN)]).left_out
    assert (reason in found[0].reason) if reason else not found


def test_two_pairs_as_good_as_each_other_are_ambiguous():
    twin = replace(THIN, name="twin")
    assert rank([THIN], [later(THIN), later(twin)]).ambiguous
    assert not rank([THIN], [later(THIN), later(THICK)]).ambiguous
    assert not rank([THIN], [later(THIN)]).ambiguous


def test_original_thin_images_come_before_everything_that_was_made_of_them():
    order = [pair.moving.name for pair in rank([THIN], [later(s) for s in (MIP, CORONAL, THICK, THIN)]).candidates]
    assert order[0] == "thin later"
    assert order[-1] == "mip later"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"thickness_mm": 5.0}, "slices of unequal thickness"),
        ({"kernel": "B70F"}, "different kernel"),
        ({"kernel": "B35F"}, "similar kernels"),
        ({"contrast": False}, "only one with contrast agent"),
        ({"body_part": "ABDOMEN"}, "different body part"),
        ({"body_part": "CHESTABDOMEN"}, "overlapping body parts"),
        ({"plane": "sagittal"}, "different plane"),
        ({"description": "thorax arterial"}, "different phases (venous; arterial)"),
        ({"modality": "MR"}, "different modality"),
        ({"slices": 20}, "moving: covers only 20 mm"),
        ({"image_type": ("DERIVED", "PRIMARY")}, "moving: derived from other images"),
    ],
)
def test_every_difference_costs_and_is_told(change, sentence):
    alike = rank([THIN], [replace(THIN, name="other")]).candidates[0]
    other = rank([THIN], [replace(THIN, name="other", **change)]).candidates[0]
    assert other.score < alike.score
    assert sentence in [reason.text for reason in other.reasons if not reason.speaks_for]
    assert "same kernel" in [reason.text for reason in alike.reasons if reason.speaks_for]


def test_what_is_not_known_is_neither_for_nor_against():
    bare = SeriesSummary(name="bare")
    pair = rank([bare], [replace(bare, name="other")]).candidates[0]
    assert (pair.score, pair.reasons, pair.flags) == (1.0, (), (Flag.UNKNOWN_PATIENT,))


@pytest.mark.parametrize(
    ("other", "flags"),
    [
        (THIN, set()),
        (later(THIN), {Flag.DIFFERENT_FRAMES}),
        (replace(THIN, patient=("P2", "HOSPITAL")), {Flag.DIFFERENT_PATIENTS}),
        (replace(THIN, patient=("P1", "ELSEWHERE")), {Flag.DIFFERENT_PATIENTS}),
        (replace(THIN, patient=(" P1 ", "")), set()),
        (replace(THIN, patient=("", "HOSPITAL")), {Flag.UNKNOWN_PATIENT}),
        (replace(THIN, modality="MR"), {Flag.DIFFERENT_MODALITY}),
        (replace(THIN, frame_of_reference_uid=""), set()),
    ],
)
def test_flags(other, flags):
    assert set(flags_of(THIN, other)) == flags


def test_neither_patient_nor_description_shows():
    shown = repr(rank(STUDY, FOLLOW_UP))
    assert not [secret for secret in ("P1", "HOSPITAL", "thorax") if secret in shown]


def test_within_one_study_the_scan_acquired_first_is_fixed():
    second = replace(later(THIN), frame_of_reference_uid="1.2")
    ranking = rank([THIN, second], [THIN, second])
    assert [(pair.fixed.name, pair.moving.name) for pair in ranking.candidates] == [("thin", "thin later")]


def test_within_one_study_nobody_knows_which_is_fixed_without_times():
    one, two = replace(THIN, acquired=""), replace(THIN, name="two", acquired="")
    ranking = rank([one, two], [one, two])
    assert len(ranking.candidates) == 2
    assert ranking.ambiguous


def test_nothing_to_pair():
    assert rank([], STUDY).candidates == ()
    assert not rank([SCOUT], [later(THIN)]).ambiguous
