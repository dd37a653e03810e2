"""How many times fewer evaluations bring a population as far: the speed-up of Fig. 4."""

from collections.abc import Sequence

import numpy as np

from renas_apps.comparison.bootstrap import resampled
from renas_apps.comparison.ratio import Ratio, bounded_ratio
from renas_apps.comparison.trial import Trial, looks


def speed_up(rival: Sequence[Trial], contestant: Sequence[Trial]) -> Ratio:
    """Return how many times the evaluations of a contestant its rival needs, with the interval.

    Both go on until the mean fitness of the population, averaged over trials, is where the slower
    of them ends; who is there at the first look may have needed less. Above 1: the rival needs
    more. Trials are drawn anew for both independently.
    """
    curves = [_measured_and_drawn(trials, n) for n, trials in enumerate((rival, contestant))]
    level = np.minimum(curves[0][:, -1], curves[1][:, -1])[:, None]
    at = np.array(looks(contestant[0].evaluations))
    theirs, own = (at[np.argmax(curve >= level, axis=1)] for curve in curves)
    return bounded_ratio(theirs, own, at_least=own == at[0], at_most=theirs == at[0])


def _means(trials: Sequence[Trial]) -> np.ndarray:
    """Return the means of the populations, (trials, looks)."""
    return np.array([[mean for mean, _ in trial.population] for trial in trials])


def _measured_and_drawn(trials: Sequence[Trial], stream: int) -> np.ndarray:
    """Return the mean curve, then those of trials drawn anew, (1 + resamples, looks)."""
    means = _means(trials)
    # One by one: all at once, long trials would take a gigabyte.
    numbers = resampled(np.arange(len(means)), stream)
    return np.stack([means.mean(axis=0), *(means[drawn].mean(axis=0) for drawn in numbers)])
