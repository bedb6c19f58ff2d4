"""An outcome becomes one picture: fixed, moving, warped and the differences before and after, in three planes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.presets import preset_named
from registration.products.blocks import cropped
from registration.products.outcome import Outcome
from registration.products.planes import Picture, Plane, planes_through
from registration.products.warping import Puller
from registration.products.writing import appearing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BACKGROUND, TEXT, FAINT = "#10141a", "#e6e9ee", "#8b95a3"
NOTHING = "#1d242e"
KEYPOINT, CLICK, ARROW = "#35d0ba", "#ffb000", "#ffd166"
GRAY = colormaps["gray"].with_extremes(bad=NOTHING)
SHADES = ["#7cc4ff", "#2a6fb0", "#000000", "#c05a1c", "#ffb27a"]  # moving darker, equal, moving brighter
DIFFERENCE = LinearSegmentedColormap.from_list("difference", SHADES).with_extremes(bad=NOTHING)
SLAB_MM = 4.0
"""Keypoints this near a plane are drawn in it."""
ARROWS = 15
"""Arrows along the longer side of a picture."""
PACKING = {"compress_level": 2}
"""Pillow's usual level takes half of all the drawing for a fifth of the size."""
COLUMNS = ("fixed", "moving, as stored", "moving, warped", "difference before", "difference after")


@dataclass(frozen=True)
class Panels:
    """Pictures of one plane: intensities in [0, 1], NaN outside the scan, and the non-affine vectors (.., .., 3) mm."""

    fixed: Picture
    moving: Picture
    warped: Picture
    deformation: Picture


def write_preview(outcome: Outcome, path: Path) -> None:
    """preview.png, about 1800 pixels wide."""
    planes = planes_through(outcome.field.grid, _centre(outcome))
    heights = [plane.extent[2] / plane.extent[1] for plane in planes]
    puller = Puller(outcome.stored.moving, outside=np.nan)
    figure = Figure(figsize=(15, 2.88 * sum(heights) + 0.9), dpi=120, facecolor=BACKGROUND)
    figure.set_layout_engine(ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.06, wspace=0, hspace=0))
    axes = figure.subplots(3, 5, height_ratios=heights)
    for row, plane in zip(axes, planes, strict=True):
        _draw_row(row, plane, _panels(outcome, plane, puller), outcome)
    for column, title in zip(axes[0], COLUMNS, strict=True):
        column.set_title(title, color=TEXT, fontsize=11, pad=7)
    figure.suptitle(_headline(outcome), color=FAINT, fontsize=9.5, x=0.012, ha="left")
    figure.supxlabel(_legend(outcome), color=FAINT, fontsize=8.5, x=0.012, ha="left")
    with appearing(path) as fresh:
        figure.savefig(fresh, facecolor=BACKGROUND, pil_kwargs=PACKING)


def _panels(outcome: Outcome, plane: Plane, puller: Puller) -> Panels:
    stored, preset = outcome.stored, preset_named(outcome.stored.manifest["preset"])
    here = cropped(outcome.field, plane.box)
    still = DisplacementField(np.zeros_like(here.vectors_mm), here.grid)
    before, after = (puller.through(field) for field in (still, here))
    window = preset.window(stored.moving)
    return Panels(
        plane.hung(_windowed(stored.fixed.values[plane.box.slices], preset.window(stored.fixed))),
        plane.hung(_windowed(before.values, window)),
        plane.hung(_windowed(after.values, window)),
        plane.hung(_beyond_affine(outcome, here)),
    )


def _windowed(values: NDArray[np.float32], window: tuple[float, float]) -> NDArray[np.float32]:
    low, high = window
    return np.asarray(np.clip((values - low) / (high - low), 0, 1), np.float32)


def _beyond_affine(outcome: Outcome, part: DisplacementField) -> NDArray[np.float32]:
    """What a part of the field does beyond the pre-alignment: a table shift would drown it."""
    matrix = np.asarray(outcome.stored.manifest["pre_alignment"])
    points = part.grid.voxel_points()
    return np.asarray(points + part.vectors_mm - (points @ matrix[:3, :3].T + matrix[:3, 3]), np.float32)


def _centre(outcome: Outcome) -> tuple[int, int, int]:
    """The voxel (x, y, z) in the middle of what is bright: the body, not the table below it."""
    fixed, preset = outcome.stored.fixed, preset_named(outcome.stored.manifest["preset"])
    bright = fixed.values[::2, ::2, ::2] > sum(preset.window(fixed)) / 2
    z, y, x = (2 * np.median(i) for i in np.nonzero(bright)) if bright.any() else (n // 2 for n in fixed.values.shape)
    return int(x), int(y), int(z)


def _draw_row(row: NDArray[np.object_], plane: Plane, panels: Panels, outcome: Outcome) -> None:
    for axes, picture in zip(row[:3], (panels.fixed, panels.moving, panels.warped), strict=True):
        axes.imshow(picture, cmap=GRAY, vmin=0, vmax=1, extent=plane.extent)
    differences = panels.moving - panels.fixed, panels.warped - panels.fixed
    for axes, difference in zip(row[3:], differences, strict=True):
        axes.imshow(difference, cmap=DIFFERENCE, vmin=-0.5, vmax=0.5, extent=plane.extent)
    _draw_points(row[0], plane, outcome)
    _draw_arrows(row[2], plane, plane.within(panels.deformation))
    for axes in row:
        axes.set(xticks=[], yticks=[], xlim=plane.extent[:2], ylim=plane.extent[2:], facecolor=BACKGROUND)
        axes.spines[:].set_visible(False)
    row[0].set_ylabel(plane.name, color=TEXT, fontsize=11)


def _draw_points(axes: Axes, plane: Plane, outcome: Outcome) -> None:
    place, distance = plane.place(outcome.stored.matches.fixed_mm)
    near = distance < SLAB_MM
    axes.scatter(place[near, 0], place[near, 1], s=5, color=KEYPOINT, alpha=0.75, linewidths=0)
    if len(outcome.corrections):
        place, distance = plane.place(np.array([c.fixed_mm for c in outcome.corrections.correspondences]))
        near = distance < 3 * SLAB_MM
        axes.scatter(place[near, 0], place[near, 1], s=60, color=CLICK, marker="+", linewidths=1.6)


def _draw_arrows(axes: Axes, plane: Plane, vectors: Picture) -> None:
    rows, columns = vectors.shape[:2]
    _, width, height, _ = plane.extent
    step = max(width, height) / ARROWS
    down, across = max(1, round(step * rows / height)), max(1, round(step * columns / width))
    chosen = vectors[down // 2 :: down, across // 2 :: across]
    y, x = np.mgrid[down // 2 : rows : down, across // 2 : columns : across] + 0.5
    right, below = chosen[..., 0], chosen[..., 1]
    arrows = axes.quiver(x * width / columns, y * height / rows, right, below, angles="xy", scale_units="xy", scale=1)
    arrows.set(color=ARROW, alpha=0.9)


def _headline(outcome: Outcome) -> str:
    model, matches = outcome.stored.model, len(outcome.stored.matches)
    size = " × ".join(map(str, outcome.field.grid.size))
    spacing = " × ".join(f"{s:.2f}" for s in outcome.field.grid.spacing_mm)
    folds = int((outcome.jacobian <= 0).sum())
    parts = (
        f"{model.name} {model.version}",
        f"fixed grid {size} voxels of {spacing} mm",
        f"{matches} keypoints",
        f"{len(outcome.corrections)} corrections",
        f"{folds} folded voxels",
    )
    return "   ·   ".join(parts)


def _legend(outcome: Outcome) -> str:
    clicks = "   + corrections" if len(outcome.corrections) else ""
    return (
        f"• keypoints within {SLAB_MM:.0f} mm of the plane{clicks}   → displacement fixed → moving beyond the"
        f" pre-alignment, to scale   ·   {outcome.stored.manifest['notice']}"
    )
