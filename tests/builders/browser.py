"""Chromium on the page of a service: what a person does with it, and what they see."""

import io
import math
import re
import shutil
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",  # WebGL without a graphics card
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--force-color-profile=srgb",
]
PICTURES = Path("build/viewer")
SIZE = {"width": 1280, "height": 720}
OPEN_S, ANSWER_S, REGISTER_S = 60, 20, 240
AXES = {  # screen right, screen down
    "axial": ((1, 0, 0), (0, 1, 0)),
    "coronal": ((1, 0, 0), (0, 0, -1)),
    "sagittal": ((0, 1, 0), (0, 0, -1)),
}


@contextmanager
def chromium():
    """The installed Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Viewer:
    """One page of one person. `expected` holds parts of console errors that a test provokes on purpose."""

    def __init__(self, browser, url, **context):
        self.url = url
        self.expected = []
        self.errors = []
        self.context = browser.new_context(**({"viewport": SIZE} | context))
        self.page = self.context.new_page()
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.waiting = set()
        self.page.on("request", lambda r: self.waiting.add(r))
        for ended in ("requestfinished", "requestfailed"):
            self.page.on(ended, lambda r: self.waiting.discard(r))

    def close(self):
        """Leave; the console has nothing but what was expected."""
        self.context.close()
        surprising = [e for e in self.errors if not any(part in e for part in self.expected)]
        assert not surprising, surprising

    def register(self, scans, *, preset="thorax", name=""):
        """Two scans, {title of its box: folder or file}, become a result: its id, and what the page said meanwhile."""
        page, said = self.page, []
        page.goto(self.url)
        for title, path in scans.items():
            box = page.get_by_label(title, exact=True)
            box.locator("input[type=file]").nth(1 if path.is_dir() else 0).set_input_files(path)
            self.until(f"document.querySelector('[aria-label=\"{title}\"] .status').textContent.includes('voxels')")
            said.append(box.locator(".status").inner_text())
        self.picture(f"start{name}")
        page.get_by_role("combobox", name="Preset").select_option(preset)
        page.get_by_role("combobox", name="Effort").select_option("quick")
        page.get_by_role("button", name="Register", exact=True).click()
        page.wait_for_selector("h2:text('Registering')")
        self.picture(f"progress{name}")
        status = "document.querySelector('[role=status]')?.textContent"
        read = f"document.querySelector('.page').dataset.ready ? 'ready' : {status}"
        while (now := self.until(read, REGISTER_S)) != "ready":
            said += [now] * (now != said[-1])
        return page.url.rpartition("/")[2], said

    def open(self, job):
        """The result of a registration, loaded."""
        self.page.goto(f"{self.url}/#/registrations/{job}")
        self.page.wait_for_selector(".page[data-ready]", timeout=1000 * OPEN_S)
        self.settle()

    def press(self, name):
        """A button by its words."""
        self.page.get_by_role("button", name=name, exact=True).locator("visible=true").first.click()
        self.settle()

    def until(self, expression, seconds=ANSWER_S):
        """Wait until an expression of the page is true. (Playwright's own waiting needs eval: the page forbids it.)"""
        deadline = time.monotonic() + seconds
        while not (value := self.page.evaluate(expression)):
            assert time.monotonic() < deadline, expression
            time.sleep(0.03)
        return value

    def settle(self):
        """Wait until what was asked of the service is answered and drawn."""
        deadline, quiet = time.monotonic() + ANSWER_S, 0
        while quiet < 2:
            self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            quiet = 0 if self.waiting else quiet + 1
            assert time.monotonic() < deadline, [request.url for request in self.waiting]

    def box(self, pane):
        """Where a pane like `.fixed.axial` is on the page."""
        return self.page.locator(f".pane{pane}").bounding_box()

    def click(self, pane, x, y):
        """Click at fractions of a pane's width and height."""
        own = self.box(pane)
        self.page.mouse.click(own["x"] + x * own["width"], own["y"] + y * own["height"])

    def picture(self, name):
        """Keep what the page looks like, to be looked at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def pixels(self, pane):
        """(h, w, 3) of the slices of a pane, without what is drawn over them."""
        self.settle()
        self.overlays("hidden")
        x0, y0, x1, y1 = self.inner(pane)
        clip = {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0}
        taken = np.asarray(Image.open(io.BytesIO(self.page.screenshot(clip=clip))).convert("RGB"), float)
        self.overlays("visible")
        return taken

    def inner(self, pane):
        """The whole pixels inside of a pane's border: left, top, right, bottom."""
        own = self.box(pane)
        ends = own["x"] + own["width"], own["y"] + own["height"]
        return (*(math.ceil(own[v]) + 1 for v in "xy"), *(math.floor(v) - 1 for v in ends))

    def overlays(self, visibility):
        """Hide or show letters, titles and marks."""
        script = "v => document.querySelectorAll('.marks, .pane span, .steps').forEach(e => e.style.visibility = v)"
        self.page.evaluate(script, visibility)

    def cursor(self, row="Fixed"):
        """Where the cross-hair is, mm, to a tenth."""
        text = self.page.locator(".readout tr", has_text=row).inner_text()
        return np.array([float(n) for n in re.findall(r"-?\d+\.\d", text)[:3]])

    def points(self, pane, grid):
        """(h, w, 3) mm: what `pixels` of a pane of the fixed scan shows as long as nobody zoomed or panned."""
        right, down = np.array(AXES[pane.rpartition(".")[2]], float)
        own, extent = self.box(pane), np.ptp(grid.corners(), axis=0)
        mm = max(extent @ np.abs(right) / own["width"], extent @ np.abs(down) / own["height"])
        normal = 1 - np.abs(right) - np.abs(down)
        middle = grid.corners().mean(0) * (1 - normal) + self.cursor() * normal
        x0, y0, x1, y1 = self.inner(pane)
        x = (np.arange(x0, x1) + 0.5 - own["x"] - own["width"] / 2) * mm
        y = (np.arange(y0, y1) + 0.5 - own["y"] - own["height"] / 2) * mm
        return middle + x[None, :, None] * right + y[:, None, None] * down

    def click_times(self):
        """Milliseconds of every correction so far, by part."""
        names = ("click to pixels", "service", "network", "warp", "draw")
        read = "n => performance.getEntriesByName(n).map(m => m.duration)"
        return {name: self.page.evaluate(read, name) for name in names}


def seen(volume, points, window):
    """(h, w) grey values 0 to 255 that a scan has at points in a window (low, width); black outside."""
    from scipy.ndimage import map_coordinates

    index = volume.grid.mm_to_index(points)
    values = map_coordinates(volume.values, index.transpose(2, 0, 1)[::-1], order=1, mode="nearest")
    inside = np.all((index >= -0.5) & (index <= np.array(volume.grid.size) - 0.5), axis=-1)
    return np.where(inside, 255 * np.clip((values - window[0]) / window[1], 0, 1), 0)
