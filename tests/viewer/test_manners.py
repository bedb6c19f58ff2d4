"""How the page behaves: refusals, rivals, keys, fingers, small screens; nothing kept, nothing from elsewhere."""

import base64

import httpx
import numpy as np
import pytest

from cli.demonstration.client import connected
from cli.demonstration.service import running
from tests.builders.browser import Viewer

pytestmark = pytest.mark.slow
REFUSED = "Failed to load resource: the server responded with a status of"
"""What the console says of every answer that is a refusal; the page has to say it to the person."""


def test_somebody_elses_correction_is_told_and_shown(viewer, job, phantom):
    viewer.expected = [f"{REFUSED} 412"]
    viewer.open(job)
    viewer.press("Correct")
    viewer.click(".fixed.coronal", 0.38, 0.62)
    viewer.settle()
    theirs = {"id": "theirs", "fixed": [-60.0, -5.0, 60.0], "moving": [-60.0, -5.0, 70.0]}
    with connected(viewer.url) as client:
        client.correct(f"/v1/registrations/{job}", set=[theirs])
    viewer.click(".moving.coronal", 0.4, 0.6)
    viewer.until("document.querySelector('.notice') !== null")
    assert "Someone else has corrected this registration" in viewer.page.locator(".notice").inner_text()
    viewer.picture("overtaken")
    assert viewer.page.locator(".corrections li").inner_text().startswith("theirs")
    viewer.click(".moving.coronal", 0.4, 0.6)
    viewer.until("document.querySelectorAll('.corrections li').length === 2")


def test_refusals_are_shown_in_the_services_own_words(viewer, tmp_path):
    viewer.expected = [f"{REFUSED} 4"]
    (tmp_path / "letter.txt").write_text("Dear colleague")
    viewer.page.goto(viewer.url)
    viewer.page.locator(".drop input[type=file]").first.set_input_files(tmp_path / "letter.txt")
    viewer.until("document.querySelector('.notice.error') !== null")
    answer = httpx.post(f"{viewer.url}/v1/series", files={"files": ("letter.txt", b"Dear colleague")}, trust_env=False)
    shown = viewer.page.locator(".notice").inner_text()
    assert answer.json()["title"] in shown
    assert answer.json()["detail"] in shown
    viewer.picture("refused")
    viewer.page.goto(f"{viewer.url}/#/registrations/{'0' * 28}")
    viewer.until("document.querySelector('.waiting') !== null")
    assert "No registration has this identifier" in viewer.page.locator(".notice").inner_text()


def test_what_is_dropped_on_the_page_is_uploaded(viewer, folder):
    viewer.page.goto(viewer.url)
    slices = [base64.b64encode(path.read_bytes()).decode() for path in sorted((folder / "moving").iterdir())]
    drop = """(slices) => {
        const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        slices.forEach((text, n) => dataTransfer.items.add(new File([bytes(text)], n + '.dcm')));
        dataTransfer.items.add(new File(['left by a file manager'], '.DS_Store'));
        document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
    }"""
    viewer.page.evaluate(drop, slices)
    viewer.until("document.querySelector('.drop .status').textContent.includes('voxels')")
    assert viewer.page.locator(".drop .status").first.inner_text().endswith(f"{len(slices)} files")


def test_nothing_of_a_patient_stays_in_the_browser(viewer, job):
    viewer.open(job)
    viewer.press("Doubt")
    kept = """async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
        (await caches.keys()).length, document.cookie, (await navigator.serviceWorker.getRegistrations()).length]"""
    assert viewer.page.evaluate(kept) == [0, 0, 0, 0, "", 0]
    assert viewer.context.storage_state() == {"cookies": [], "origins": []}
    elsewhere = "performance.getEntriesByType('resource').filter(e => !e.name.startsWith(location.origin)).length"
    assert viewer.page.evaluate(elsewhere) == 0


@pytest.mark.parametrize(
    "attack",
    [
        "document.body.append(Object.assign(document.createElement('div'), {})); "
        "document.body.lastChild.setAttribute('onclick', 'window.broken = 1'); document.body.lastChild.click()",
        "{ const s = document.createElement('img'); s.src = 'http://127.0.0.1:9/x.png'; document.body.append(s) }",
        "{ const s = document.createElement('style'); s.textContent = 'body{display:none}'; document.head.append(s) }",
    ],
    ids=["inline-handler", "picture-from-elsewhere", "inline-style"],
)
def test_what_is_not_the_pages_own_is_refused_by_the_browser(viewer, attack):
    viewer.expected = ["Content Security Policy", "TrustedScript"]
    viewer.page.goto(viewer.url)
    viewer.page.evaluate(
        "window.violations = []; document.addEventListener('securitypolicyviolation',"
        " e => window.violations.push(e.violatedDirective))"
    )
    viewer.page.evaluate(f"() => {{ try {{ {attack} }} catch (e) {{ window.violations.push(String(e)) }} }}")
    viewer.until("window.violations.length > 0")
    assert viewer.page.evaluate("window.broken === undefined && getComputedStyle(document.body).display !== 'none'")


def test_a_key_is_asked_for_when_the_service_wants_one_and_forgotten_at_sign_out(browser, tmp_path, monkeypatch):
    monkeypatch.setenv("KERNELREG_API_KEYS", "radiology:a-key-of-this-very-test")
    with running(tmp_path / "log", options=("--memory",)) as url:
        viewer = Viewer(browser, url)
        viewer.expected = [f"{REFUSED} 401"]
        page = viewer.page
        page.goto(url)
        page.wait_for_selector("dialog[open]")
        viewer.picture("sign-in")
        page.get_by_label("API key").fill("wrong")
        page.keyboard.press("Enter")
        viewer.until("document.querySelector('dialog')?.textContent.includes('does not know this key')")
        page.get_by_label("API key").fill("a-key-of-this-very-test")
        page.keyboard.press("Enter")
        viewer.until("document.querySelector('.list').textContent === 'None yet.'")
        assert viewer.context.storage_state() == {"cookies": [], "origins": []}
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_selector("dialog[open]")
        viewer.close()


@pytest.mark.parametrize("size", [(1024, 768), (768, 1024)], ids=["lying", "standing"])
def test_a_tablet_shows_everything_and_fingers_do_what_the_mouse_does(browser, service, job, size):
    viewer = Viewer(browser, service, viewport=dict(zip(("width", "height"), size, strict=True)), has_touch=True)
    viewer.open(job)
    viewer.picture(f"tablet-{size[0]}")
    assert viewer.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    before, own = viewer.cursor(), viewer.box(".fixed.axial")
    viewer.page.touchscreen.tap(own["x"] + own["width"] / 3, own["y"] + own["height"] / 2)
    viewer.settle()
    assert np.abs(viewer.cursor() - before).max() > 5
    at = viewer.cursor()
    viewer.page.get_by_label("Next axial slice of the fixed scan").tap()
    assert viewer.cursor()[2] == pytest.approx(at[2] + 5.5, abs=0.11)
    picture = viewer.pixels(".fixed.axial")
    pinch(viewer, own)
    assert np.abs(viewer.pixels(".fixed.axial") - picture).mean() > 3
    viewer.press("Correct")
    viewer.picture(f"tablet-{size[0]}-correct")
    for pane in (".fixed.axial", ".fixed.coronal", ".fixed.sagittal", ".moving.axial", ".moving.coronal"):
        assert min(viewer.box(pane)["width"], viewer.box(pane)["height"]) > 140
    small = "[...document.querySelectorAll('button')].filter(b => b.checkVisibility() && b.clientHeight < 24).length"
    assert viewer.page.evaluate(small) == 0
    viewer.close()


def pinch(viewer, own):
    """Two fingers that move apart over a pane."""
    session = viewer.context.new_cdp_session(viewer.page)
    x, y = own["x"] + own["width"] / 2, own["y"] + own["height"] / 2
    for kind, gap in (("touchStart", 20), ("touchMove", 40), ("touchMove", 70), ("touchEnd", None)):
        points = [] if gap is None else [{"x": x - gap, "y": y, "id": 0}, {"x": x + gap, "y": y, "id": 1}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    viewer.settle()
