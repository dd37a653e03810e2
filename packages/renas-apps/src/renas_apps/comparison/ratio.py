"""A ratio, its interval, and which of them are bounds."""

from typing import NamedTuple

import numpy as np

from renas_apps.comparison.bootstrap import interval


class Ratio(NamedTuple):
    """How many times the evaluations of a contestant its rival needs."""

    value: float
    """As measured."""
    low: float
    """Of the interval."""
    high: float
    """Of the interval."""
    at_least: tuple[bool, bool, bool] = (False, False, False)
    """Which of the three are lower bounds."""
    at_most: tuple[bool, bool, bool] = (False, False, False)
    """Which are upper bounds. What is both says nothing."""


def bounded_ratio(
    rival: np.ndarray, contestant: np.ndarray, *, at_least: np.ndarray, at_most: np.ndarray
) -> Ratio:
    """Return the ratio of what two need, and its interval.

    Args:
        rival: (1 + n,) what the rival needs: as measured, then with trials drawn anew.
        contestant: (1 + n,) the same of whom it is compared with.
        at_least: (1 + n,) bool, where the ratio is larger than it seems, nobody knows by how much.
        at_most: (1 + n,) bool, where it is smaller.
    """
    ratios = rival / contestant
    value, drawn = float(ratios[0]), ratios[1:]
    low, high = interval(drawn)
    # A quantile that is not below every lower bound is one too; and the other way round.
    beyond = np.min(drawn[at_least[1:]], initial=np.inf)
    below = np.max(drawn[at_most[1:]], initial=-np.inf)
    return Ratio(
        value,
        low,
        high,
        (bool(at_least[0]), bool(low >= beyond), bool(high >= beyond)),
        (bool(at_most[0]), bool(low <= below), bool(high <= below)),
    )
