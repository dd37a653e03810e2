"""What controllers have learned as a figure: their preferences, and beside them the truth."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from renas_apps.comparison.choices import Choices, Item
from renas_apps.comparison.effects import Effects
from renas_apps.comparison.lesson import Lesson, item_effects
from renas_apps.comparison.mean_interval import Interval

_WIDTH = 9.0
"""Of the figure, in inches."""

_LINE = 0.28
"""Of its height, for each item."""

_OVERALL, _NEAR_TOP = "#9a9a9a", "#3a3a3a"
"""Colours of the effects, which are nobody's."""


def draw_lessons(
    lessons: Sequence[Lesson], choices: Choices, effects: Effects, colours: Mapping[str, str]
) -> Figure:
    """Draw how many times as likely as by chance everything is, beside its effects.

    A row of panels for operations, sources and slots each, where the space has any.

    Args:
        lessons: of all contestants that have a policy, one at least.
        choices: of the benchmark's space.
        effects: of the choices.
        colours: of the contestants.
    """
    groups = [
        found
        for kind in ("operation", "source", "slot")
        if (found := [(n, item) for n, item in enumerate(choices.items) if item.kind == kind])
    ]
    heights = [len(group) + 2.5 for group in groups]  # the axis takes some
    figure = Figure(figsize=(_WIDTH, _LINE * sum(heights) + 0.8), layout="constrained")
    panels = figure.subplots(len(groups), 2, squeeze=False, height_ratios=heights, sharey="row")
    for (left, right), group in zip(panels, groups, strict=True):
        items = [item for _, item in group]
        for place, lesson in enumerate(lessons):
            offset = 0.6 * ((place + 0.5) / len(lessons) - 0.5)
            intervals = [lesson.items[number] for number, _ in group]
            _preferences(left, intervals, offset, lesson.contestant, colours[lesson.contestant])
        _finish(left, items)
        _worth(right, items, effects)
    for axes in panels[0]:
        axes.legend(fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    panels[-1][0].set_xlabel("times as likely as by chance (mean, 95 %)")
    panels[-1][1].set_xlabel("effect, points (slots: importance; change)")
    return figure


def _preferences(
    axes: Axes, intervals: Sequence[Interval], offset: float, name: str, colour: str
) -> None:
    """Draw the ratios of one contestant, a little off the middle of their lines."""
    mean, low, high = np.array(intervals).T
    axes.errorbar(
        mean,
        np.arange(len(mean)) + offset,
        xerr=np.maximum([mean - low, high - mean], 0),  # of equal trials a rounding error
        fmt=".",
        color=colour,
        label=name,
    )


def _finish(axes: Axes, items: Sequence[Item]) -> None:
    """Name the lines, the first on top, and make the axis one of ratios."""
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(items)), [item.name for item in items], fontsize="small")
    axes.set_ylim(len(items) - 0.5, -0.5)
    low, high = axes.get_xlim()
    # Powers of two; where all ratios are near 1 they would leave the axis without a number.
    axes.xaxis.set_major_locator(LogLocator(base=2) if high > 4 * low else MaxNLocator(5))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:.3g}"))
    axes.xaxis.set_minor_locator(NullLocator())


def _worth(axes: Axes, items: Sequence[Item], effects: Effects) -> None:
    """Draw the effects as bars."""
    worth = 100 * np.array([item_effects(item, effects) for item in items])
    lines = np.arange(len(items))
    axes.barh(lines - 0.2, worth[:, 0], 0.4, color=_OVERALL, label="overall")
    axes.barh(lines + 0.2, worth[:, 1], 0.4, color=_NEAR_TOP, label="near the top")
    axes.axvline(0, color="black", linewidth=0.8)
