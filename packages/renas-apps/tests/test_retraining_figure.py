"""The figure shows the numbers, in per cent."""

from dataclasses import replace
from xml.dom import minidom

import numpy as np
import pytest
from PIL import Image

from renas_apps.retraining.figure import draw, write_figure
from renas_apps.retraining.scores import Score

FIRST = Score(
    evaluations=500,
    individuals=20,
    cells=18,
    failed=0,
    mean=0.5,
    deviation=0.25,
    best=0.75,
    test_mean=None,
    fitness_mean=0.125,
    fitness_deviation=0.0625,
)
SECOND = replace(FIRST, evaluations=1000, mean=0.6, deviation=0.1, best=0.8, fitness_mean=0.25)
FAILED = replace(FIRST, evaluations=1500, mean=None, deviation=None, best=None, fitness_mean=0.3)


def lines(axes):
    return [(list(line.get_xdata()), pytest.approx(line.get_ydata())) for line in axes.lines]


def test_means_bands_and_deviations_are_drawn():
    above, below = draw([FIRST, SECOND, FAILED]).axes
    assert lines(above) == [
        ([500, 1000], [50, 60]),
        ([500, 1000], [75, 80]),
        ([500, 1000, 1500], [12.5, 25, 30]),
    ]
    assert lines(below) == [([500, 1000], [25, 10]), ([500, 1000, 1500], [6.25, 6.25, 6.25])]
    (band,) = above.collections
    corners = {(float(x), round(float(y), 6)) for x, y in band.get_paths()[0].vertices}
    assert corners == {(500.0, 25.0), (500.0, 75.0), (1000.0, 50.0), (1000.0, 70.0)}


def test_both_files_are_pictures_and_nothing_else_is_left(tmp_path):
    png, svg = tmp_path / "a.png", tmp_path / "a.svg"
    write_figure([FIRST], png, svg)
    assert len(np.unique(Image.open(png).convert("RGB"))) > 10  # not a blank
    minidom.parse(str(svg))  # noqa: S318 (our own)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.png", "a.svg"]
    before = svg.read_text()
    write_figure([FIRST], png, svg)
    assert svg.read_text() == before
    write_figure([SECOND], png, svg)
    assert svg.read_text() != before


@pytest.mark.parametrize("scores", [[], [FAILED]])
def test_where_nothing_is_known_the_axes_are_empty(scores, tmp_path):
    write_figure(scores, tmp_path / "a.png", tmp_path / "a.svg")
    assert (tmp_path / "a.svg").stat().st_size > 0
