"""How many times fewer evaluations bring a population as far: the speed-up of Fig. 4."""

from collections.abc import Sequence

import numpy as np

from renas_apps.comparison.bootstrap import interval, resampled
from renas_apps.comparison.trial import Trial


def speed_up(rival: Sequence[Trial], contestant: Sequence[Trial]) -> tuple[float, float, float]:
    """Return how many times the evaluations of a contestant its rival needs, with the interval.

    Both go on until the mean fitness of the population, averaged over trials, is where the slower
    of them ends. Above 1: the rival needs more. Trials are drawn anew for both independently.
    """
    curves = _means(rival), _means(contestant)
    drawn = [_resampled(means, stream) for stream, means in enumerate(curves)]
    value = _ratio(*(means.mean(axis=0, keepdims=True) for means in curves))[0]
    return (float(value), *interval(_ratio(*drawn)))


def _means(trials: Sequence[Trial]) -> np.ndarray:
    """Return the means of the populations, (trials, looks)."""
    return np.array([[mean for mean, _ in trial.population] for trial in trials])


def _resampled(means: np.ndarray, stream: int) -> np.ndarray:
    """Return mean curves of trials that are drawn with replacement, (resamples, looks)."""
    # One by one: all at once, long trials would take a gigabyte.
    numbers = resampled(np.arange(len(means)), stream)
    return np.stack([means[drawn].mean(axis=0) for drawn in numbers])


def _ratio(rival: np.ndarray, contestant: np.ndarray) -> np.ndarray:
    """Return the ratio of the looks that curves (n, looks) need to the lower of both ends, (n,)."""
    level = np.minimum(rival[:, -1], contestant[:, -1])[:, None]
    needed = [1 + np.argmax(curves >= level, axis=1) for curves in (rival, contestant)]
    return needed[0] / needed[1]
