"""Errors and fields before and after the corrections become one picture: where it was wrong, and what changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from cli.demonstration.measured import CORRECTED, REGISTERED, Measured
from registration.phantom import PhantomPair
from registration.products.planes import Plane, planes_through
from registration.products.preview import BACKGROUND, CLICK, FAINT, TEXT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Field = NDArray[np.float32]
WINDOW_HU = -1000.0, 400.0
WORST_MM = 10.0
ERRORS = colormaps["RdYlGn_r"]


def draw(pair: PhantomPair, before: Field, after: Field, measured: Measured, path: Path) -> None:
    """corrections.png: the coronal plane through the first click, three times."""
    first = pair.fixed.grid.mm_to_index(pair.landmarks_fixed[measured.clicks[0].landmark])
    x, y, z = (int(n) for n in np.rint(first))
    plane = planes_through(pair.fixed.grid, (x, y, z))[1]
    figure = Figure(figsize=(13.5, 3.75), dpi=110, facecolor=BACKGROUND)
    figure.set_layout_engine(ConstrainedLayoutEngine(w_pad=0.04, h_pad=0.06))
    axes = figure.subplots(1, 3)
    for one, state in zip(axes, (REGISTERED, CORRECTED), strict=False):
        _draw_scan(one, plane, pair)
        _draw_errors(one, plane, pair, measured, state)
    _draw_scan(axes[2], plane, pair)
    _draw_change(axes[2], plane, np.linalg.norm(after - before, axis=-1))
    for one in axes:
        _draw_clicks(one, plane, pair, measured)
        one.set(xticks=[], yticks=[], xlim=plane.extent[:2], ylim=plane.extent[2:])
    figure.supxlabel(_legend(measured), color=FAINT, fontsize=8.5, x=0.012, ha="left")
    figure.savefig(path, facecolor=BACKGROUND)


def _draw_scan(axes: Axes, plane: Plane, pair: PhantomPair) -> None:
    low, high = WINDOW_HU
    axes.imshow(plane.cut(pair.fixed.values), cmap="gray", vmin=low, vmax=high, extent=plane.extent, alpha=0.75)
    axes.set_facecolor("black")
    axes.spines[:].set_visible(False)


def _draw_errors(axes: Axes, plane: Plane, pair: PhantomPair, measured: Measured, state: str) -> None:
    """All landmarks, whatever their depth, in the colour of their error; the worst on top."""
    error = measured.errors_mm[state]
    order = np.argsort(error)
    place, _ = plane.place(pair.landmarks_fixed[order])
    axes.scatter(place[:, 0], place[:, 1], c=error[order], s=16, cmap=ERRORS, vmin=0, vmax=WORST_MM, linewidths=0)
    axes.set_title(f"{state}: mean error {error.mean():.2f} mm", color=TEXT, fontsize=11)


def _draw_change(axes: Axes, plane: Plane, change_mm: NDArray[np.float32]) -> None:
    picture = plane.cut(change_mm)
    shown = axes.imshow(np.ma.masked_equal(picture, 0), cmap="inferno", vmin=0, extent=plane.extent, alpha=0.85)
    bar = axes.figure.colorbar(shown, ax=axes, shrink=0.8, pad=0.01)
    bar.set_label("mm", color=FAINT)
    bar.ax.tick_params(colors=FAINT, labelsize=8)
    bar.outline.set_visible(False)
    axes.set_title("what the corrections changed in this plane", color=TEXT, fontsize=11)


def _draw_clicks(axes: Axes, plane: Plane, pair: PhantomPair, measured: Measured) -> None:
    place, _ = plane.place(pair.landmarks_fixed[[click.landmark for click in measured.clicks]])
    axes.scatter(place[:, 0], place[:, 1], s=120, facecolors="none", edgecolors=CLICK, linewidths=1.4)


def _legend(measured: Measured) -> str:
    return (
        f"● all {len(measured.not_clicked())} landmarks, projected: green 0 mm to red {WORST_MM:.0f} mm and more"
        "   ○ the three corrections   ·   Phantom. Research use only."
    )
