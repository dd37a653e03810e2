"""How well predictions of held-out cells rank them, and how well the truth itself would.

A single training is noisy, so that not even the truth would rank trainings perfectly: what it would
reach is the ceiling of a prediction.
"""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from trained_cells import TrainedCells

from renas_apps.comparison.lesson import spearman

TOP = 0.3
"""Share of the cells, by their prediction, that counts as near the top."""
LEVELS = 10
"""Parts of the cells, by their prediction, whose deviations are taken apart."""


def correlations(
    trained: TrainedCells, noise: float, predicted: np.ndarray
) -> dict[str, dict[str, float]]:
    """Return rank correlations of what is predicted of held-out cells, and their ceilings.

    Args:
        trained: n cells.
        noise: standard deviation of a training.
        predicted: (n,).
    """
    near = predicted >= np.quantile(predicted, 1 - TOP)
    groups = {
        "all": np.ones(len(near), dtype=bool),
        "uniform": trained.uniform,
        "searched": ~trained.uniform,
        "near the top": near,
    }
    highest, by_level = (
        _ceilings(
            predicted, _unexplained(predicted, trained.accuracy, noise, levels), noise, groups
        )
        for levels in (1, LEVELS)
    )
    return {
        name: {
            "cells": int(of.sum()),
            "rank": spearman(predicted[of], trained.accuracy[of]),
            "ceiling": highest[name],
            "ceiling by level": by_level[name],
            "deviation": float((predicted - trained.accuracy)[of].std()),
        }
        for name, of in groups.items()
    }


def _unexplained(
    predicted: np.ndarray, accuracy: np.ndarray, noise: float, levels: int
) -> np.ndarray:
    """Return by how much the truth deviates from each prediction beyond the noise (n,).

    Args:
        predicted: (n,).
        accuracy: (n,) single trainings.
        noise: standard deviation of a training.
        levels: into how many equal parts, by prediction, the cells are taken apart.
    """
    found = np.zeros(len(predicted))
    for part in np.array_split(np.argsort(predicted), levels):
        found[part] = np.sqrt(max((accuracy - predicted)[part].var() - noise**2, 0.0))
    return found


def _ceilings(
    predicted: np.ndarray, deviation: np.ndarray, noise: float, groups: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Return, for each group of cells, the rank correlation that the truth itself would have.

    The truth is taken to deviate from the predictions by ``deviation``.
    """
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(200):
        truth = predicted + deviation * rng.normal(size=len(predicted))
        told = truth + rng.normal(0, noise, len(predicted))
        for name, of in groups.items():
            found[name].append(spearman(truth[of], told[of]))
    return {name: float(np.mean(values)) for name, values in found.items()}
