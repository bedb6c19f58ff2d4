"""What was measured becomes the promises, each with whether it held."""

from __future__ import annotations

from cli.demonstration.measured import BEFORE, CORRECTED, REGISTERED, Measured

REACHED_MM = 0.05
"""A click counts as reached when the field ends no farther from its target."""


def promises(measured: Measured) -> dict[str, bool]:
    """What kernelreg promises about a pair of scans like this one, and whether it kept it."""
    before, registered, corrected = (measured.errors_mm[name].mean() for name in (BEFORE, REGISTERED, CORRECTED))
    ends = [*measured.residuals_mm.items(), *((click.id, click.after_mm) for click in measured.clicks)]
    misses = [miss for name, miss in ends if name not in measured.relaxed]
    return {
        "the registration brings the landmarks nearer": bool(registered < before),
        "the corrections bring them nearer still": bool(corrected < registered),
        f"the field ends within {REACHED_MM} mm of every click, or says which it meets in part": (
            max(misses, default=0.0) <= REACHED_MM and len(measured.relaxed) < len(measured.clicks)
        ),
        "outside the box of a correction not a bit changes": not any(c.changed_outside for c in measured.clicks),
        "nothing folds": not measured.qa["folds"] and not any(c.folds for c in measured.clicks),
    }
