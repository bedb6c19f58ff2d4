"""An outcome becomes one picture: fixed, moving, warped and the differences before and after, in three planes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from registration.field.displacement import DisplacementField
from registration.presets import preset_named
from registration.products.blocks import cropped
from registration.products.outcome import Outcome
from registration.products.planes import Picture, Plane, planes_through
from registration.products.sheet import BOTTOM, LEFT, TOP, WIDTH, Place, places_of
from registration.products.warping import Puller
from registration.products.writing import appearing

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

BACKGROUND, TEXT, FAINT = "#10141a", "#e6e9ee", "#8b95a3"
NOTHING = "#1d242e"
KEYPOINT, CLICK, ARROW = "#35d0ba", "#ffb000", "#ffd166"
GRAY = colormaps["gray"].with_extremes(bad=NOTHING)
SHADES = ["#7cc4ff", "#2a6fb0", "#000000", "#c05a1c", "#ffb27a"]  # moving darker, equal, moving brighter
DIFFERENCE = LinearSegmentedColormap.from_list("difference", SHADES).with_extremes(bad=NOTHING)
SLAB_MM = 4.0
"""Keypoints this near a plane are drawn in it."""
ARROWS, ARROW_WIDTH = 15, 0.001
"""Arrows along the longer side of a picture, and their width as a share of the sheet's."""
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
    """preview.png, about 1800 pixels wide: one sheet laid out by hand, since axes and layouts take most of the time."""
    planes = planes_through(outcome.field.grid, _centre(outcome))
    places = places_of(planes)
    height = places[-1][0].extent[2] + BOTTOM
    figure = Figure(figsize=(WIDTH, height), dpi=120, facecolor=BACKGROUND)
    sheet = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(height, 0), autoscale_on=False)
    sheet.set_axis_off()
    puller = Puller(outcome.stored.moving, outside=np.nan)
    for row, plane in zip(places, planes, strict=True):
        _draw_row(sheet, row, plane, _panels(outcome, plane, puller), outcome)
    for place, title in zip(places[0], COLUMNS, strict=True):
        sheet.text(place.left + place.width / 2, TOP - 0.1, title, color=TEXT, fontsize=11, ha="center")
    sheet.text(LEFT / 2, 0.2, _headline(outcome), color=FAINT, fontsize=9.5)
    sheet.text(LEFT / 2, height - 0.1, _legend(outcome), color=FAINT, fontsize=8.5)
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


def _draw_row(sheet: Axes, row: Sequence[Place], plane: Plane, panels: Panels, outcome: Outcome) -> None:
    for place, picture in zip(row[:3], (panels.fixed, panels.moving, panels.warped), strict=True):
        sheet.imshow(picture, cmap=GRAY, vmin=0, vmax=1, extent=place.extent, aspect="auto")
    differences = panels.moving - panels.fixed, panels.warped - panels.fixed
    for place, difference in zip(row[3:], differences, strict=True):
        sheet.imshow(difference, cmap=DIFFERENCE, vmin=-0.5, vmax=0.5, extent=place.extent, aspect="auto")
    _draw_points(sheet, row[0], plane, outcome)
    _draw_arrows(sheet, row[2], plane, plane.within(panels.deformation))
    middle = row[0].top + row[0].height / 2
    sheet.text(LEFT / 2, middle, plane.name, color=TEXT, fontsize=11, ha="center", va="center", rotation=90)


def _draw_points(sheet: Axes, place: Place, plane: Plane, outcome: Outcome) -> None:
    points, distance = plane.place(outcome.stored.matches.fixed_mm)
    x, y = place.of(points[distance < SLAB_MM], plane).T
    _clipped(sheet.scatter(x, y, s=5, color=KEYPOINT, alpha=0.75, linewidths=0), sheet, place)
    if len(outcome.corrections):
        points, distance = plane.place(np.array([c.fixed_mm for c in outcome.corrections.correspondences]))
        x, y = place.of(points[distance < 3 * SLAB_MM], plane).T
        _clipped(sheet.scatter(x, y, s=60, color=CLICK, marker="+", linewidths=1.6), sheet, place)


def _draw_arrows(sheet: Axes, place: Place, plane: Plane, vectors: Picture) -> None:
    rows, columns = vectors.shape[:2]
    _, width, height, _ = plane.extent
    step = max(width, height) / ARROWS
    down, across = max(1, round(step * rows / height)), max(1, round(step * columns / width))
    chosen = vectors[down // 2 :: down, across // 2 :: across] * (place.width / width)
    y, x = np.mgrid[down // 2 : rows : down, across // 2 : columns : across] + 0.5
    x, y = place.left + x * place.width / columns, place.top + y * place.height / rows
    arrows = sheet.quiver(
        x, y, chosen[..., 0], chosen[..., 1], angles="xy", scale_units="xy", scale=1, width=ARROW_WIDTH
    )
    arrows.set(color=ARROW, alpha=0.9)
    _clipped(arrows, sheet, place)


def _clipped(artist: Artist, sheet: Axes, place: Place) -> None:
    """What leaves its picture is cut off."""
    artist.set_clip_path(Rectangle((place.left, place.top), place.width, place.height, transform=sheet.transData))


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
