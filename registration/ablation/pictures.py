"""An assessment becomes two pictures: planes through the place of the minimal margin, and a histogram."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from registration.ablation.assessment import Assessment
from registration.ablation.surface import box_of
from registration.metrics.margin import SAFE_MM
from registration.metrics.overlap import Mask
from registration.presets import preset_named
from registration.products.blocks import cropped
from registration.products.outcome import Outcome
from registration.products.planes import Picture, Plane, PlaneName, planes_through
from registration.products.warping import Puller

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TUMOUR, ZONE, PLACE = "#ffb000", "#35d0ff", "#ffffff"
OUTSIDE, THIN, SAFE = "#c05a1c", "#e3b778", "#2a6fb0"
"""Bars below 0 mm, below the threshold, and from there on; told apart by colour-blind people too."""
SIDES: dict[PlaneName, tuple[str, str]] = {"axial": ("R", "A"), "coronal": ("R", "S"), "sagittal": ("A", "S")}
"""The patient's side at the left and at the top of a picture."""
AROUND_MM = 15.0
"""What is shown around tumour and zone."""
DPI = 130


def planes_png(of: Assessment, outcome: Outcome) -> bytes:
    """Planes through the place of the minimal margin: the fixed scan above, below the moving one pulled onto it."""
    grid = outcome.field.grid
    x, y, z = (int(i) for i in np.rint(grid.mm_to_index(of.worst_mm["fixed"])))
    figure = Figure(figsize=(10.5, 7.4), dpi=DPI, layout="constrained")
    rows = figure.subplots(2, 3)
    for axes, plane in zip(rows.T, planes_through(grid, (x, y, z)), strict=True):
        for one, picture in zip(axes, _pictures(outcome, plane), strict=True):
            _draw(one, plane, picture, of)
        axes[0].set_title(plane.name, fontsize=10)
    for axes, label in zip(rows[:, 0], ("fixed scan", "moving scan, warped"), strict=True):
        axes.set_ylabel(label, fontsize=10)
    return _png(figure)


def histogram_png(told: dict[str, list[int]]) -> bytes:
    """Share of the surface in each millimetre of margin; `told` as the answer has it."""
    edges, voxels = np.array(told["edges_mm"]), np.array(told["voxels"])
    figure = Figure(figsize=(7.4, 2.6), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    colours = [OUTSIDE if edge < 0 else SAFE if edge >= SAFE_MM else THIN for edge in edges[:-1]]
    axes.bar(edges[:-1], 100 * voxels / voxels.sum(), width=1, align="edge", color=colours, edgecolor="white", lw=0.5)
    for threshold in (0.0, SAFE_MM):
        axes.axvline(threshold, color="#1d242e", lw=1, ls="--")
    axes.set(xlabel="margin, mm", ylabel="% of the surface", xlim=(min(edges[0], -1), max(edges[-1], SAFE_MM + 1)))
    axes.spines[["top", "right"]].set_visible(False)
    return _png(figure)


def _pictures(outcome: Outcome, plane: Plane) -> Sequence[Picture]:
    """The plane of the fixed scan and of the moving one pulled onto it, as intensities in [0, 1]."""
    stored, preset = outcome.stored, preset_named(outcome.stored.manifest["preset"])
    warped = Puller(stored.moving).through(cropped(outcome.field, plane.box)).values
    cuts = ((stored.fixed, stored.fixed.values[plane.box.slices]), (stored.moving, warped))
    return [_windowed(plane.hung(np.asarray(values)), preset.window(scan)) for scan, values in cuts]


def _windowed(picture: Picture, window: tuple[float, float]) -> Picture:
    low, high = window
    return np.asarray(np.clip((picture - low) / (high - low), 0, 1), np.float32)


def _draw(axes: Axes, plane: Plane, picture: Picture, of: Assessment) -> None:
    """One picture around tumour and zone: their outlines, the place of the minimal margin, nothing else."""
    axes.imshow(picture, cmap="gray", vmin=0, vmax=1, extent=plane.extent)
    for name, colour in (("tumour", TUMOUR), ("ablation", ZONE)):
        _outline(axes, plane, of.regions[name].mask, colour)
    ((across, down),), _ = plane.place(np.array([of.worst_mm["fixed"]]))
    axes.plot(across, down, "+", color=PLACE, ms=11, mew=1.4)
    (left, right), (top, bottom) = _limits(plane, of)
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
    at_left, at_top = SIDES[plane.name]
    axes.text(0.02, 0.5, at_left, color=PLACE, transform=axes.transAxes, va="center")
    axes.text(0.5, 0.98, at_top, color=PLACE, transform=axes.transAxes, ha="center", va="top")


def _outline(axes: Axes, plane: Plane, mask: Mask, colour: str) -> None:
    """The border of a mask between voxels; none in a plane that it does not reach."""
    cut = plane.cut(mask.astype(np.float32))
    if cut.any():
        _, width, height, _ = plane.extent
        rows, columns = cut.shape
        down, across = (np.arange(n) + 0.5 for n in (rows, columns))
        axes.contour(across * width / columns, down * height / rows, cut, levels=[0.5], colors=[colour], linewidths=1.5)


def _limits(plane: Plane, of: Assessment) -> tuple[tuple[float, float], tuple[float, float]]:
    """Left and right, top and bottom of what is shown, mm in the picture, within it."""
    box = box_of(of.regions["tumour"].mask | of.regions["ablation"].mask)
    ends = np.array([[a - 0.5, b - 0.5] for a, b in zip(box.start, box.stop, strict=True)])
    corners = [(x, y, z) for x in ends[0] for y in ends[1] for z in ends[2]]
    places, _ = plane.place(plane.grid.index_to_mm(corners))
    low = np.maximum(places.min(0) - AROUND_MM, 0)
    high = np.minimum(places.max(0) + AROUND_MM, plane.extent[1:3])
    return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))


def _png(figure: Figure) -> bytes:
    with BytesIO() as found:
        figure.savefig(found, format="png", facecolor="white")
        return found.getvalue()
