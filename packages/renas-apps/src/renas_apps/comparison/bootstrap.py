"""Intervals by bootstrap over trials."""

import numpy as np

RESAMPLES = 2_000
"""How often trials are drawn anew."""

CONFIDENCE = 0.95
"""Of an interval."""


def resampled(values: np.ndarray, stream: int) -> np.ndarray:
    """Return values of trials that are drawn with replacement.

    Args:
        values: (trials,).
        stream: of randomness; the same for what is to be drawn together.

    Returns:
        (resamples, trials)
    """
    rng = np.random.default_rng(stream)
    return values[rng.integers(0, len(values), (RESAMPLES, len(values)))]


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the middle part of a sample (n,)."""
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
