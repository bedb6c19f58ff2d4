"""The page in a real browser against a real service: registered, seen, doubted, corrected."""

import tempfile
from pathlib import Path

import httpx
import numpy as np
import pytest
import SimpleITK as sitk

from cli.demonstration.client import connected
from registration.geometry import Grid
from registration.volume import Volume
from tests.builders.browser import AXES, seen

pytestmark = pytest.mark.slow
LUNG = (-1350.0, 1500.0)


def test_two_folders_become_a_registration_and_the_page_tells_how_far_it_is(journey, viewer):
    job, said = journey
    assert said[0] == "60 × 46 × 42 voxels of 5.5 × 5.5 × 5.5 mm, 42 files"
    assert len({line.split(" · ")[0] for line in said if "%" in line}) > 2, said
    viewer.page.goto(viewer.url)
    row = viewer.page.locator(".registrations tbody tr")
    assert row.count() == 1
    assert "succeeded" in row.inner_text()
    assert viewer.page.locator(f"a[href='#/registrations/{job}']").is_visible()
    viewer.picture("list")


@pytest.mark.parametrize("plane", AXES)
def test_the_patient_is_shown_the_right_way_round_however_the_scan_is_stored(viewer, job, phantom, plane):
    viewer.open(job)
    viewer.press("Fixed")
    pane = f".fixed.{plane}"
    shown = viewer.pixels(pane)
    wanted = seen(phantom.fixed, viewer.points(pane, phantom.fixed.grid), LUNG)
    assert np.ptp(shown, axis=-1).max() == 0
    assert np.corrcoef(shown[..., 0].ravel(), wanted.ravel())[0, 1] > 0.998
    assert np.abs(shown[..., 0] - wanted).mean() < 2
    letters = {"axial": "RLAP", "coronal": "RLSI", "sagittal": "APSI"}[plane]
    sides = [
        viewer.page.locator(f".pane{pane} .edge.{side}").inner_text() for side in ("left", "right", "top", "bottom")
    ]
    assert "".join(sides) == letters


def test_wheel_keys_and_mouse_move_through_the_scan(viewer, job):
    viewer.open(job)
    page, start = viewer.page, viewer.cursor()
    viewer.click(".fixed.axial", 0.5, 0.4)
    page.mouse.wheel(0, -100)
    viewer.settle()
    assert viewer.cursor()[2] == pytest.approx(start[2] + 5.5, abs=0.11)
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    assert viewer.cursor()[2] == pytest.approx(start[2] - 5.5, abs=0.11)
    page.keyboard.press("ArrowLeft")
    before, picture = viewer.cursor(), viewer.pixels(".fixed.axial")
    page.keyboard.press("+")
    zoomed = viewer.pixels(".fixed.axial")
    assert np.abs(zoomed - picture).mean() > 3
    page.keyboard.press("-")
    assert np.abs(viewer.pixels(".fixed.axial") - picture).mean() < 1
    own = viewer.box(".fixed.axial")
    page.mouse.move(own["x"] + 200, own["y"] + 200)
    page.mouse.down(button="right")
    page.mouse.move(own["x"] + 260, own["y"] + 200)
    page.mouse.up(button="right")
    assert "width 2025" in page.locator(".block", has_text="Centre").inner_text()
    page.keyboard.press("2")
    assert "Centre 40, width 400" in page.locator(".block", has_text="Centre").inner_text()
    page.keyboard.down("Shift")
    page.mouse.move(own["x"] + 200, own["y"] + 200)
    page.mouse.down()
    page.mouse.move(own["x"] + 240, own["y"] + 200)
    page.mouse.up()
    page.keyboard.up("Shift")
    assert (viewer.cursor() == before).all()


def test_registered_scans_differ_less_than_unregistered_ones(viewer, job):
    viewer.open(job)
    viewer.press("Difference")
    after = viewer.pixels(".fixed.coronal")
    viewer.picture("difference-after")
    viewer.press("Moving, un-warped")
    before = viewer.pixels(".fixed.coronal")
    viewer.picture("difference-before")
    colourful = [np.ptp(one, axis=-1).mean() for one in (after, before)]
    assert colourful[0] < 0.7 * colourful[1]


@pytest.mark.parametrize("mode", ["Blend", "Colours", "Checker", "Swipe"])
def test_two_scans_are_shown_in_one_picture(viewer, job, mode):
    viewer.open(job)
    viewer.press("Moving, un-warped")
    alone = []
    for name in ("Fixed", "Other"):
        viewer.press(name)
        alone.append(viewer.pixels(".fixed.coronal"))
    viewer.press(mode)
    both = viewer.pixels(".fixed.coronal")
    viewer.picture(mode.lower())
    differ = np.abs(alone[0] - alone[1]).max(axis=-1) > 40
    near = [np.abs(both - one).max(axis=-1)[differ] < 3 for one in alone]
    if mode in ("Checker", "Swipe"):
        assert (near[0] | near[1]).mean() > 0.95
        assert min(near[0].mean(), near[1].mean()) > 0.2
    elif mode == "Blend":
        assert np.abs(both - np.mean(alone, axis=0)).max() < 4
    else:
        assert np.abs(both[..., 2] - alone[0][..., 0]).max() < 3  # blue is the fixed scan
        assert np.abs(both[..., 0] - alone[1][..., 0]).max() < 3  # red the other one


def test_doubt_has_maps_with_legends_figures_and_places_to_look_at_first(viewer, job):
    viewer.open(job)
    viewer.press("Doubt")
    places = viewer.page.locator(".places button")
    viewer.until("document.querySelectorAll('.places button').length > 2")
    worst = [float(text.split(" mm")[0]) for text in places.all_inner_texts()]
    assert worst == sorted(worst, reverse=True)
    places.first.click()
    viewer.settle()
    at = [float(n) for n in places.first.inner_text().split("(")[1].strip(")").split(",")]
    assert np.abs(viewer.cursor() - at).max() <= 0.51
    plain = viewer.pixels(".fixed.coronal")
    for name, legend in (("Expected error", "mm"), ("90 % bound", "mm"), ("Volume change", "folds")):
        viewer.press(name)
        assert legend in viewer.page.locator(".legend").inner_text()
        assert np.abs(viewer.pixels(".fixed.coronal") - plain).max() > 20, name
        viewer.picture(f"doubt-{name.lower().replace(' ', '-')}")
    viewer.press("Arrows")
    viewer.press("Shown")
    viewer.picture("doubt-arrows-keypoints")
    viewer.press("Grid")
    viewer.picture("doubt-grid")
    table = viewer.page.locator(".figures:visible").inner_text()
    assert all(word in table for word in ("Folds", "SD log J", "Correlation before"))


def test_a_click_changes_its_block_alone_and_undo_brings_every_pixel_back(viewer, job):
    viewer.open(job)
    viewer.press("Correct")
    viewer.press("Compare")
    viewer.press("Other")
    viewer.press("Correct")
    viewer.click(".fixed.coronal", 0.38, 0.62)
    viewer.settle()
    corrected = viewer.cursor()
    before = viewer.pixels(".fixed.coronal")
    own = viewer.box(".moving.coronal")
    x, y = own["x"] + 0.38 * own["width"] + 9.4, own["y"] + 0.62 * own["height"] - 7.2
    viewer.page.mouse.move(x - 6, y)
    viewer.page.mouse.down()
    viewer.page.mouse.move(x, y, steps=3)
    viewer.picture("correct-dragging")
    viewer.page.mouse.up()
    viewer.until("document.querySelector('.corrections li') !== null")
    after = viewer.pixels(".fixed.coronal")
    viewer.picture("corrected")
    changed = np.abs(after - before).max(axis=-1) > 2
    assert 0.002 < changed.mean() < 0.6
    line = viewer.page.locator(".corrections li").inner_text()
    assert "→ 0.00 mm" in line, line
    told = viewer.page.locator(".figures:visible").first.inner_text()
    assert "Changed block" in told
    assert f"Revision\t{httpx.get(f'{viewer.url}/v1/registrations/{job}', trust_env=False).json()['revision']}" in told
    viewer.page.keyboard.press("Control+z")
    viewer.until("document.querySelector('.corrections li') === null")
    assert np.abs(viewer.pixels(".fixed.coronal") - before).max() <= 1  # the service had made these, now the page has
    viewer.page.keyboard.press("Control+Shift+z")
    viewer.until("document.querySelector('.corrections li') !== null")
    assert (viewer.pixels(".fixed.coronal") == after).all()
    viewer.press("Where next?")
    assert np.linalg.norm(viewer.cursor() - corrected) > 30
    viewer.press("point 1")
    assert np.abs(viewer.cursor() - corrected).max() < 0.11
    viewer.press("Delete point 1")
    viewer.until("document.querySelector('.corrections li') === null")
    viewer.page.locator(".revisions li", has_text="1 correction").first.get_by_role("button").click()
    viewer.until("document.querySelector('.corrections li') !== null")
    assert (viewer.pixels(".fixed.coronal") == after).all()


def test_what_the_page_made_of_a_block_is_what_the_service_makes_of_the_revision(viewer, job):
    viewer.open(job)
    viewer.press("Correct")
    for x, y in ((0.3, 0.4), (0.7, 0.45)):
        viewer.click(".fixed.coronal", x, y)
        viewer.settle()
        own = viewer.box(".moving.coronal")
        viewer.page.mouse.click(own["x"] + x * own["width"] + 6, own["y"] + y * own["height"] - 5)
        viewer.until(f"document.querySelectorAll('.corrections li').length === {1 if x < 0.5 else 2}")
    viewer.press("Compare")
    viewer.press("Other")
    viewer.press("Fixed scan")
    warped = fetched(viewer.url, job, "warped")
    for pane in (".fixed.axial", ".fixed.coronal", ".fixed.sagittal"):
        wanted = seen(warped, viewer.points(pane, warped.grid), LUNG)
        assert np.abs(viewer.pixels(pane)[..., 0] - wanted).mean() < 2


def fetched(url, job, name):
    """A product of the current revision as a volume."""
    with connected(url) as client, tempfile.TemporaryDirectory() as folder:
        image = sitk.ReadImage(str(client.fetch(f"/v1/registrations/{job}/{name}", Path(folder) / "image.nii.gz")))
    axes = tuple(tuple(row) for row in np.reshape(image.GetDirection(), (3, 3)).tolist())
    grid = Grid(image.GetSize(), image.GetSpacing(), image.GetOrigin(), axes)
    return Volume(sitk.GetArrayFromImage(image).astype(np.float32), grid)
