"""What is measured of the benchmark of RENAS's space: all figures of its card, as JSON has them."""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
from cell_correlations import correlations
from trained_cells import TrainedCells

from renas_apps.comparison.cell_features import FEATURES
from renas_apps.comparison.cell_surrogate import Cells, CellSurrogate
from renas_space import PUBLISHED, Genotype, SearchSpace

SPACE = SearchSpace(blocks=5)
UNIFORM = 1_000_000
"""Cells whose 0.999 quantile is the target."""
AT_ONCE = 20_000
"""Of them that are turned into numbers together."""
DIFFERENT = 0.25
"""By how much a mean count must differ between uniform and the best cells to be told."""
TELLING = 38
"""How many of the first features count what stands where; the card tells of these."""


def facts(
    trained: TrainedCells,
    surrogates: Mapping[str, CellSurrogate],
    predicted: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """Return noise, targets, correlations, ranks of published cells, and what the top has.

    Args:
        trained: n cells.
        surrogates: of ``all`` of them, and of the ``first`` and ``second`` half of the stretches.
        predicted: (n,) of held-out cells, by what was held out at a time.
    """
    noise = float(np.sqrt(((trained.pairs[:, 0] - trained.pairs[:, 1]) ** 2).mean() / 2))
    features, scores = _uniform_cells(surrogates)
    every = scores["all"]
    top = every >= np.quantile(every, 0.999)
    return {
        "cells": len(trained.accuracy),
        "twice": trained.twice,
        "pairs": len(trained.pairs),
        "noise": noise,
        "target": {name: float(np.quantile(of, 0.999)) for name, of in scores.items()},
        "correlations": {
            name: correlations(trained, noise, unseen) for name, unseen in predicted.items()
        },
        "published": {
            name: {"accuracy": value, "above": float((every > value).mean())}
            for name, value in _published(surrogates["all"])
        },
        # Nothing here reads them: they are for whoever opens the file.
        "quantiles": {str(q): float(np.quantile(every, q)) for q in (0.01, 0.5, 0.99, 0.999)},
        "features": {
            name: [float(of.mean(dtype=float)), float(of[top].mean(dtype=float))]
            for name, of in zip(FEATURES, features.T, strict=True)
        },
    }


def telling(found: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return the mean counts in uniform and in the best cells, where they differ."""
    counts = list(found["features"].items())[:TELLING]
    return {name: means for name, means in counts if abs(means[1] - means[0]) > DIFFERENT}


def _uniform_cells(
    surrogates: Mapping[str, CellSurrogate],
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the features of uniform cells, (n, 94), and what each surrogate says, (n,)."""
    rng = random.Random(0)
    features: list[np.ndarray] = []
    scores: dict[str, list[np.ndarray]] = {name: [] for name in surrogates}
    for _ in range(0, UNIFORM, AT_ONCE):
        cells = Cells.of([SPACE.sample(rng) for _ in range(AT_ONCE)])
        features.append(cells.features)
        for name, known in surrogates.items():
            scores[name].append(known(cells))
    return np.concatenate(features), {name: np.concatenate(of) for name, of in scores.items()}


def _published(surrogate: CellSurrogate) -> list[tuple[str, float]]:
    """Return what is predicted of each published cell that fits the space, the best first."""
    # A cell of its own for reductions is left away: in this space the normal one serves.
    published = {name: Genotype(one.genotype.normal) for name, one in PUBLISHED.items()}
    known = {
        name: float(surrogate(Cells.of([genotype]))[0])
        for name, genotype in published.items()
        if SPACE.contains(genotype)
    }
    return sorted(known.items(), key=lambda pair: -pair[1])
