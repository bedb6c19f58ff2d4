"""The report as people see it: outlines where the masks are, the figures of the answer, nothing from elsewhere."""

import base64
import html
import io
import re

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from registration.ablation.assessment import Treatment, assess
from registration.ablation.page import margin_page
from registration.ablation.pictures import OUTSIDE, SAFE, TUMOUR, ZONE, histogram_png, planes_png
from registration.ablation.regions import Region
from registration.ablation.told import told
from registration.products.outcome import outcome_of
from tests.builders.results import MOVING, stored_result
from tests.builders.treated import ball


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """An assessment on an oblique grid, and the outcome it is of."""
    outcome = outcome_of(stored_result(tmp_path_factory.mktemp("result")))
    middle = outcome.field.grid.corners().mean(axis=0)
    zone = ball(MOVING, outcome.field.map_points(middle[None])[0], 11.0)
    drawn = Region("fixed", ball(outcome.field.grid, middle, 5.0)), Region("moving", zone)
    return assess(Treatment(*drawn), outcome.field, outcome.stored), outcome


def pixels(png, colour):
    """Rows and columns of the pixels of a colour, and the size of the picture."""
    values = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), float) / 255
    return *np.nonzero(np.abs(values - to_rgb(colour)).max(-1) < 0.08), values.shape


def test_both_outlines_are_in_every_picture_the_tumour_inside_the_zone(followed):
    png = planes_png(*followed)
    (rows, columns, shape), (zone_rows, zone_columns, _) = (pixels(png, colour) for colour in (TUMOUR, ZONE))
    for row in range(2):
        for column in range(3):
            here = (rows * 2 // shape[0] == row) & (columns * 3 // shape[1] == column)
            around = (zone_rows * 2 // shape[0] == row) & (zone_columns * 3 // shape[1] == column)
            assert here.sum() > 50
            assert zone_rows[around].min() < rows[here].min() < rows[here].max() < zone_rows[around].max()
            assert zone_columns[around].min() < columns[here].min() < columns[here].max() < zone_columns[around].max()


def test_bars_take_the_colour_of_their_side_of_the_thresholds():
    both = histogram_png({"edges_mm": [-3, -2, 6, 7], "voxels": [10, 0, 30]})
    counts = [len(pixels(both, colour)[0]) for colour in (OUTSIDE, SAFE)]
    assert counts[1] / counts[0] == pytest.approx(3, rel=0.1)


def test_the_page_holds_the_figures_and_its_pictures(followed):
    figures = told(followed[0])
    page = margin_page(followed[0], figures, followed[1])
    assert html.escape(figures["judgement"]) in page
    assert f"<td>{figures['minimum_mm']['least']:.1f}</td>" in page
    assert f"{figures['regions']['ablation']['drawn_ml']:.2f} ml" in page
    assert "Research use only" in page
    assert 'class="notice">a &lt; b<' in margin_page(followed[0], figures | {"warnings": ["a < b"]}, followed[1])
    for data in re.findall(r'src="data:image/png;base64,([^"]+)"', page):
        assert Image.open(io.BytesIO(base64.b64decode(data))).size[0] > 600
    assert page.count("data:image/png") == 2
    assert "http" not in page
