"""Means with their 95 % intervals, by Student's t, for the studies in this folder."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from scipy.stats import t as student


def paired(differences: Sequence[float]) -> tuple[float, float]:
    """Return the mean of paired differences and the half-width of its 95 % interval."""
    n = len(differences)
    half = float(student.ppf(0.975, n - 1)) * stdev(differences) / math.sqrt(n)
    return fmean(differences), half


def unpaired(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """Return mean(first) - mean(second) and the half-width of its 95 % interval (Welch)."""
    a, b = stdev(first) ** 2 / len(first), stdev(second) ** 2 / len(second)
    if a + b == 0:
        return fmean(first) - fmean(second), 0.0
    freedom = (a + b) ** 2 / (a**2 / (len(first) - 1) + b**2 / (len(second) - 1))
    return fmean(first) - fmean(second), float(student.ppf(0.975, freedom)) * math.sqrt(a + b)
