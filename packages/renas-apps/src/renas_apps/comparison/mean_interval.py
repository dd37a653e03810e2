"""Means over trials and their intervals, by Student's t: they hold for a few trials as well."""

from typing import NamedTuple

import numpy as np
from scipy.stats import t as student_t

from renas_apps.comparison.bootstrap import CONFIDENCE


class Interval(NamedTuple):
    """A mean over trials and where its interval begins and ends; NaN where nobody knows."""

    mean: float
    """Of the trials."""
    low: float
    """Of the interval."""
    high: float
    """Of the interval."""


def mean_interval(values: np.ndarray) -> Interval:
    """Return the mean of trials (trials,), and its interval."""
    return Interval(*(float(one[0]) for one in mean_intervals(values[:, None])))


def mean_intervals(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the means of trials (trials, n), and where their intervals begin and end, each (n,).

    NaN is left out; each column has a trial at least. A single one tells nothing of the others, so
    its interval is NaN.
    """
    count = (~np.isnan(values)).sum(axis=0)
    mean = np.nanmean(values, axis=0)
    several = np.where(count > 1, count, np.nan)
    squares = np.nansum((values - mean) ** 2, axis=0)
    error = np.sqrt(squares / (several - 1) / several)
    half = student_t.ppf((1 + CONFIDENCE) / 2, several - 1) * error
    return mean, mean - half, mean + half
