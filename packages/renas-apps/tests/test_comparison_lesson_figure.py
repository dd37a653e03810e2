import dataclasses
import random

import pytest

from renas_apps.comparison import CONTESTANTS, run_trial
from renas_apps.comparison.choices import Choices
from renas_apps.comparison.effects import Effects
from renas_apps.comparison.lesson import Lesson
from renas_apps.comparison.lesson_figure import draw_lessons


def test_the_figure_has_a_row_of_panels_for_each_kind_and_the_contestants_colours(additive):
    benchmark = additive(2)
    choices = Choices.of(benchmark)
    effects = Effects.of(benchmark, choices, rng=random.Random(0))
    trial = run_trial(benchmark, CONTESTANTS["renas"], seed=0, evaluations=30)
    lesson = Lesson.of("renas", [trial.leaning], choices, effects)
    figure = draw_lessons([lesson], choices, effects, {"renas": "#123456"})
    panels = figure.get_axes()
    assert len(panels) == 6
    labels = [[text.get_text() for text in axes.get_yticklabels()] for axes in panels[::2]]
    assert labels[0] == ["sep_conv_3x3", "skip_connect"]
    assert labels[1] == ["c-2", "c-1", "block 1"]
    assert len(labels[2]) == 8
    line = panels[0].containers[0].lines[0]
    assert line.get_color() == "#123456"
    assert line.get_xdata() == pytest.approx([one[0] for one in lesson.items[:2]])
    widths = [bar.get_width() for bar in panels[1].containers[0]]
    assert widths == pytest.approx([2.5, -2.5])


@pytest.mark.parametrize(
    ("likely", "expected"),
    [((0.1, 3.0), {0.125, 0.25, 0.5, 1, 2}), ((0.96, 1.05), {0.96, 0.98, 1.0, 1.02, 1.04})],
)
def test_whatever_the_ratios_the_axis_has_numbers(additive, likely, expected):
    benchmark = additive(1)
    choices = Choices.of(benchmark)
    effects = Effects.of(benchmark, choices, rng=random.Random(0))
    trial = run_trial(benchmark, CONTESTANTS["renas"], seed=0, evaluations=20)
    values = likely * (len(trial.leaning.values) // 2)
    leaning = dataclasses.replace(trial.leaning, values=values)
    lesson = Lesson.of("renas", [leaning], choices, effects)
    axes = draw_lessons([lesson], choices, effects, {"renas": "black"}).get_axes()[0]
    low, high = axes.get_xlim()
    assert {round(float(tick), 3) for tick in axes.get_xticks() if low <= tick <= high} == expected
