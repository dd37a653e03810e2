"""Figures of a comparison: Fig. 4 in our terms, with intervals."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from renas_apps.comparison.effort import Effort
from renas_apps.comparison.mean_interval import mean_intervals
from renas_apps.comparison.trial import By, Trial, looks
from renas_apps.picture import png_of, svg_of
from renas_apps.run_directory import write_whole

_SIZE = (9.0, 4.5)
"""Of a figure with its legend, in inches."""

_HUES = 10
"""How many colours are told apart at a glance; further contestants have them again, dashed."""

_POINTS = 300
"""Of a curve, at most."""


def draw(by: By, efforts: Sequence[Effort], directory: Path, policy: Figure | None) -> list[Path]:
    """Draw everything as PNG and SVG; figures of an earlier report that has others are removed.

    Args:
        by: the trials of each contestant.
        efforts: of each.
        directory: where the figures go.
        policy: what controllers learned, where there are some.

    Returns:
        The SVG files.

    Raises:
        OSError: a file cannot be written.
    """
    drawn = {
        "best": _best(by),
        "population": _population(by),
        "evaluations": _evaluations(efforts),
        "entropy": _entropy(by),
        "policy": policy,
    }
    files: list[Path] = []
    for name, figure in drawn.items():
        svg, png = directory / f"{name}.svg", directory / f"{name}.png"
        if figure is None:
            svg.unlink(missing_ok=True)
            png.unlink(missing_ok=True)
            continue
        with mpl.rc_context({"svg.fonttype": "none"}):  # letters stay letters
            write_whole(svg, svg_of(figure))
        write_whole(png, png_of(figure))
        files.append(svg)
    return files


def colour_of(number: int) -> str:
    """Return the colour of a contestant."""
    return to_hex(mpl.colormaps["tab10"](number % _HUES))


def _legend(figure: Figure, axes: Axes) -> None:
    """Name the curves beside them, where they cover none."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, fontsize="small", loc="outside right upper", frameon=False)


def _axes() -> tuple[Figure, Axes]:
    """Return an empty figure; not pyplot's, which would keep it."""
    figure = Figure(figsize=_SIZE, layout="constrained")
    return figure, figure.subplots()


def _looks(trials: Sequence[Trial]) -> np.ndarray:
    """Return after how many evaluations the population was looked at."""
    return np.array(looks(trials[0].evaluations))


def _band(axes: Axes, at: np.ndarray, values: np.ndarray, name: str, number: int) -> None:
    """Draw the mean over trials (trials, looks) and its interval, NaN left out."""
    mean, low, high = mean_intervals(values)
    colour, style = colour_of(number), "-" if number < _HUES else "--"
    axes.plot(at, mean, style, label=name, color=colour)
    axes.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)


def _best(by: By) -> Figure:
    """Draw the best fitness so far."""
    figure, axes = _axes()
    for number, (name, trials) in enumerate(by.items()):
        every = trials[0].evaluations
        at = np.unique(np.linspace(1, every, min(every, _POINTS)).astype(int))
        best = np.array([_best_at(trial, at) for trial in trials])
        _band(axes, at, 100 * best, name, number)
    axes.set(xlabel="evaluations", ylabel="best accuracy so far, % (mean, 95 %)")
    _legend(figure, axes)
    return figure


def _best_at(trial: Trial, at: np.ndarray) -> np.ndarray:
    """Return the best fitness after so many evaluations (n,), (n,)."""
    numbers, best = np.array(trial.improvements).T
    return best[np.searchsorted(numbers, at, side="right") - 1]


def _population(by: By) -> Figure:
    """Draw mean and deviation of the population, as Fig. 4 does."""
    figure = Figure(figsize=(_SIZE[0], 1.6 * _SIZE[1]), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    for number, (name, trials) in enumerate(by.items()):
        at = _looks(trials)
        both = 100 * np.array([trial.population for trial in trials])  # (trials, looks, 2)
        _band(above, at, both[:, :, 0], name, number)
        _band(below, at, both[:, :, 1], name, number)
    above.set(ylabel="mean accuracy of the population, %")
    below.set(xlabel="evaluations", ylabel="its standard deviation, points")
    _legend(figure, above)
    return figure


def _evaluations(efforts: Sequence[Effort]) -> Figure:
    """Draw the evaluations to the target as boxes, the best below."""
    ordered = sorted(efforts, key=lambda one: (one.median, one.mean))
    figure, axes = _axes()
    axes.boxplot(
        [effort.evaluations for effort in ordered],
        orientation="horizontal",
        tick_labels=[f"{effort.contestant} ({effort.unsolved:.0%} unsolved)" for effort in ordered],
        flierprops={"marker": ".", "markersize": 3},
    )
    axes.set(xlabel="evaluations to the target; unsolved at the end")
    return figure


def _entropy(by: By) -> Figure | None:
    """Draw the entropy of the policies that have one, at each look over the trials that had one."""
    figure, axes = _axes()
    for number, (name, trials) in enumerate(by.items()):
        values = np.array([trial.entropies for trial in trials], dtype=float)
        known = ~np.isnan(values).all(axis=0)
        if known.any():
            _band(axes, _looks(trials)[known], values[:, known], name, number)
    if not axes.lines:
        return None
    axes.set(xlabel="evaluations", ylabel="entropy of what the policy draws, nats")
    _legend(figure, axes)
    return figure
