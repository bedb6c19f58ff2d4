"""File names become files: which product each name of a result folder stands for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from registration.products.displacement_field import SUFFIXES, Format, write_field
from registration.products.keypoints import write_keypoints
from registration.products.nifti import write_map, write_scan
from registration.products.outcome import Outcome
from registration.products.page import write_page
from registration.products.pre_alignment import write_pre_alignment
from registration.products.report import write_report
from registration.products.warping import write_warped

Writer = Callable[[Outcome, Path], None]
SCAN_NOTE = "{} scan as it was registered; research use only"
CONFIDENCE_NOTE = "confidence of the field, 1 is sure, on the fixed grid; research use only"
ERROR_NOTE = "expected error of the field in mm, on the fixed grid; research use only"
BOUND_NOTE = "90 % of errors are below this many mm, on the fixed grid; research use only"
ATTENTION_NOTE = "standard deviation of the attention scores; research use only"
JACOBIAN_NOTE = "det(I + dd/dx) of the fixed->moving field, <= 0 is a fold; research use only"


def _field_writer(format: Format) -> Writer:
    return lambda o, path: write_field(o.field, path, format=format, moving_grid=o.stored.moving.grid)


def _preview(outcome: Outcome, path: Path) -> None:
    from registration.products.preview import write_preview  # matplotlib takes a second to load

    write_preview(outcome, path)


PRODUCTS: dict[str, Writer] = {
    **{f"displacement_field{suffix}": _field_writer(format) for format, suffix in SUFFIXES.items()},
    "fixed.nii.gz": lambda o, path: write_scan(o.stored.fixed, path, SCAN_NOTE.format("fixed")),
    "moving.nii.gz": lambda o, path: write_scan(o.stored.moving, path, SCAN_NOTE.format("moving")),
    "warped.nii.gz": lambda o, path: write_warped(o.warped, path),
    "confidence.nii.gz": lambda o, path: write_map(o.stored.confidence, o.field.grid, path, CONFIDENCE_NOTE),
    "error_mm.nii.gz": lambda o, path: write_map(o.stored.error_mm, o.field.grid, path, ERROR_NOTE),
    "bound_mm.nii.gz": lambda o, path: write_map(o.stored.bound_mm, o.field.grid, path, BOUND_NOTE),
    "attention_std.nii.gz": lambda o, path: write_map(o.stored.attention_std, o.field.grid, path, ATTENTION_NOTE),
    "jacobian.nii.gz": lambda o, path: write_map(o.jacobian, o.field.grid, path, JACOBIAN_NOTE),
    "pre_alignment.json": write_pre_alignment,
    "keypoints.json": write_keypoints,
    "report.json": write_report,
    "preview.png": _preview,
    "report.html": write_page,
}
"""Every product by its file name."""

STANDARD = (
    "displacement_field.mha",
    "warped.nii.gz",
    "confidence.nii.gz",
    "error_mm.nii.gz",
    "bound_mm.nii.gz",
    "attention_std.nii.gz",
    "jacobian.nii.gz",
    "keypoints.json",
    "report.json",
    "preview.png",
    "report.html",  # after the picture, which it shows
)
"""What the command line writes into a result folder."""


def write_products(outcome: Outcome, folder: Path, names: tuple[str, ...] = STANDARD) -> None:
    """Write products into an existing folder; each file appears complete or not at all."""
    for name in names:
        PRODUCTS[name](outcome, folder / name)
