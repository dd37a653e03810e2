"""How many evaluations a contestant needs, and how that compares, with bootstrap intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from renas_apps.comparison.bootstrap import interval, resampled
from renas_apps.comparison.ratio import Ratio, bounded_ratio
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

    @property
    def has_interval(self) -> bool:
        """Whether there is more than one trial: a single one tells nothing of the others."""
        return len(self.evaluations) > 1

    def interval(self) -> tuple[float, float]:
        """Return the bootstrap interval of the median."""
        return interval(_resampled_medians(self, 0))


def ratio(rival: Effort, contestant: Effort) -> Ratio:
    """Return the ratio of the medians, and its bootstrap interval.

    Above 1: the rival needs more. Who is beyond the budget needs more than is counted. Trials are
    drawn anew for both independently.
    """
    theirs, own = _measured_and_drawn(rival, 0), _measured_and_drawn(contestant, 1)
    return bounded_ratio(
        theirs, own, at_least=theirs > rival.budget, at_most=own > contestant.budget
    )


def _measured_and_drawn(effort: Effort, stream: int) -> np.ndarray:
    """Return the median, then those of trials that are drawn with replacement, (1 + resamples,)."""
    return np.concatenate(([effort.median], _resampled_medians(effort, stream)))


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
