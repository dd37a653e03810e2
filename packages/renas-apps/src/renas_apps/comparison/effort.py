"""How many evaluations a contestant needs, and how that compares, with bootstrap intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from renas_apps.comparison.bootstrap import interval, resampled
from renas_apps.comparison.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Evaluations that a contestant needs to find the target."""

    contestant: str
    """Its name."""
    evaluations: tuple[int, ...]
    """Of each trial; one more than the budget where the target was not found."""
    budget: int
    """Evaluations of a trial."""

    @classmethod
    def of(cls, trials: Sequence[Trial], target: float) -> "Effort":
        """Return the effort of the trials of one contestant."""
        budget = trials[0].evaluations
        found = [trial.evaluations_to(target) for trial in trials]
        return cls(
            contestant=trials[0].contestant,
            evaluations=tuple(budget + 1 if one is None else one for one in found),
            budget=budget,
        )

    @property
    def median(self) -> float:
        """The median; above the budget where half of the trials did not find the target."""
        return float(_medians(np.array(self.evaluations), self.budget))

    @property
    def mean(self) -> float:
        """The mean, unsolved trials counted with one more than the budget."""
        return float(np.mean(self.evaluations))

    @property
    def unsolved(self) -> float:
        """Share of the trials that did not find the target, 0 to 1."""
        return sum(one > self.budget for one in self.evaluations) / len(self.evaluations)

    def interval(self) -> tuple[float, float]:
        """Return the bootstrap interval of the median."""
        return interval(_resampled_medians(self, 0))


class Ratio(NamedTuple):
    """How many times the evaluations of a contestant its rival needs."""

    value: float
    """Of the medians."""
    low: float
    """Of the interval."""
    high: float
    """Of the interval."""
    at_least: tuple[bool, bool, bool] = (False, False, False)
    """Which of the three are lower bounds: there a median of the rival is beyond the budget."""
    at_most: tuple[bool, bool, bool] = (False, False, False)
    """Which are upper bounds: there one of the contestant is. What is both says nothing."""


def ratio(rival: Effort, contestant: Effort) -> Ratio:
    """Return the ratio of the medians, and its bootstrap interval.

    Above 1: the rival needs more. Trials are drawn anew for both independently.
    """
    medians, own = _resampled_medians(rival, 0), _resampled_medians(contestant, 1)
    drawn = medians / own
    value, (low, high) = rival.median / contestant.median, interval(drawn)
    # Who is beyond the budget needs more than is counted. Ratios of such a rival are larger than
    # they seem, and so are the quantiles from the least of them on; of such a contestant, smaller.
    beyond = np.min(drawn[medians > rival.budget], initial=np.inf)
    below = np.max(drawn[own > contestant.budget], initial=-np.inf)
    at_least = (rival.median > rival.budget, bool(low >= beyond), bool(high >= beyond))
    at_most = (contestant.median > contestant.budget, bool(low <= below), bool(high <= below))
    return Ratio(value, low, high, at_least, at_most)


def _resampled_medians(effort: Effort, stream: int) -> np.ndarray:
    """Return the medians of trials that are drawn with replacement, (resamples,)."""
    return _medians(resampled(np.array(effort.evaluations), stream), effort.budget)


def _medians(evaluations: np.ndarray, budget: int) -> np.ndarray:
    """Return the medians of trials (..., trials), (...,).

    Of an even number of trials the two in the middle are averaged, unless one is beyond the budget:
    nobody knows how far, so the median is beyond as well.
    """
    trials = evaluations.shape[-1]
    middle = [(trials - 1) // 2, trials // 2]  # twice the same of an odd number
    both = np.partition(evaluations, middle, axis=-1)[..., middle]
    return np.where(both[..., 1] > budget, budget + 1.0, both.mean(axis=-1))
