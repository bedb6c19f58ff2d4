"""The page on a real pair of thorax scans: registered, looked at, corrected."""

from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.realdata]
PAIR = Path("../shared/data/lung_elastix")


@pytest.mark.skipif(not PAIR.is_dir(), reason="../shared/data/lung_elastix is not there")
def test_a_real_pair_is_registered_seen_and_corrected(viewer):
    scans = {"Fixed scan": PAIR / "3DCT_lung_baseline.mha", "Moving scan": PAIR / "3DCT_lung_followup.mha"}
    viewer.register(scans, name="-real")
    viewer.settle()
    viewer.picture("real")
    viewer.press("Difference")
    after = np.ptp(viewer.pixels(".fixed.coronal"), axis=-1).mean()
    viewer.picture("real-difference")
    viewer.press("Moving, un-warped")
    assert after < 0.7 * np.ptp(viewer.pixels(".fixed.coronal"), axis=-1).mean()
    viewer.press("Warped")
    viewer.press("Other")
    viewer.press("Correct")
    viewer.press("Where next?")
    viewer.click(".fixed.coronal", 0.4, 0.5)
    viewer.settle()
    before = viewer.pixels(".fixed.coronal")
    own = viewer.box(".moving.coronal")
    viewer.page.mouse.click(own["x"] + 0.4 * own["width"] + 5, own["y"] + 0.5 * own["height"] - 4)
    viewer.until("document.querySelector('.corrections li') !== null")
    changed = np.abs(viewer.pixels(".fixed.coronal") - before).max(axis=-1) > 2
    assert 0.002 < changed.mean() < 0.6
    viewer.picture("real-corrected")
