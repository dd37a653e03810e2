"""The figure of retrained checkpoints, in the manner of Fig. 4: mean and deviation over time."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from renas_apps.picture import png_of, svg_of
from renas_apps.retraining.scores import Score
from renas_apps.run_directory import write_whole

_SIZE = (7.0, 7.2)
"""Of the figure, in inches."""

_RETRAINED, _BEST, _SEEN = "#2f81f7", "#2da44e", "#8b949e"
"""Colours: of the retrained accuracy, of the best, and of the fitness that the search saw."""


def draw(scores: Sequence[Score]) -> Figure:
    """Draw the accuracy of the populations, and below it their standard deviation."""
    figure = Figure(figsize=_SIZE, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    known = [one for one in scores if one.mean is not None]  # all of a population may fail
    at = [one.evaluations for one in known]
    mean = [100 * (one.mean or 0.0) for one in known]
    deviation = [100 * (one.deviation or 0.0) for one in known]
    above.plot(at, mean, "o-", color=_RETRAINED, label="retrained, mean +- deviation", ms=4)
    above.fill_between(
        at,
        [value - half for value, half in zip(mean, deviation, strict=True)],
        [value + half for value, half in zip(mean, deviation, strict=True)],
        color=_RETRAINED,
        alpha=0.2,
        linewidth=0,
    )
    best = [100 * (one.best or 0.0) for one in known]
    above.plot(at, best, "^-", color=_BEST, label="retrained, best", ms=4)
    everywhere = [one.evaluations for one in scores]
    seen = [100 * one.fitness_mean for one in scores]
    above.plot(everywhere, seen, "s--", color=_SEEN, label="fitness in the search, mean", ms=3)
    below.plot(at, deviation, "o-", color=_RETRAINED, ms=4)
    seen = [100 * one.fitness_deviation for one in scores]
    below.plot(everywhere, seen, "s--", color=_SEEN, ms=3)
    _dress(above, below)
    return figure


def write_figure(scores: Sequence[Score], png: Path, svg: Path) -> None:
    """Draw the figure to both files, each whole or as it was before.

    Raises:
        OSError: one cannot be written.
    """
    figure = draw(scores)
    write_whole(svg, svg_of(figure))
    write_whole(png, png_of(figure))


def _dress(above: Axes, below: Axes) -> None:
    """Name the axes."""
    above.set_ylabel("accuracy on held-out images, %")
    below.set_ylabel("standard deviation, points")
    below.set_ylim(bottom=0)
    below.set_xlabel("evaluations")
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    above.legend(frameon=False)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
