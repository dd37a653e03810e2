"""Fit surrogates to trained cells: to all that are given, or without those that are predicted.

A surrogate is the mean of gradient boosting machines on `cell_features` and of message-passing
networks on the cell's graph.
"""

from collections.abc import Mapping

import cell_networks
import cell_trees
import numpy as np
from sklearn.model_selection import BaseCrossValidator, GroupKFold, KFold
from trained_cells import TrainedCells

from renas_apps.comparison.cell_surrogate import Cells, CellSurrogate

FOLDS: dict[str, BaseCrossValidator] = {
    "cells": KFold(10, shuffle=True, random_state=0),
    "stretches": GroupKFold(10),
}
"""What is held out at a time: a tenth of the cells, or of the searches, with all their cells."""


def fit(cells: Cells, accuracy: np.ndarray) -> dict[str, np.ndarray]:
    """Return the arrays of a surrogate, ``trees.*`` and ``networks.*``.

    Raises:
        RuntimeError: they do not say what was fitted.
    """
    parts = {
        "trees": cell_trees.train(cells, accuracy),
        "networks": cell_networks.train(cells, accuracy),
    }
    return {f"{part}.{key}": array for part, of in parts.items() for key, array in of.items()}


def surrogate(arrays: Mapping[str, np.ndarray]) -> CellSurrogate:
    """Return the surrogate of these arrays."""
    return CellSurrogate.of({f"one.{key}": array for key, array in arrays.items()}, "one")


def held_out(trained: TrainedCells, folds: BaseCrossValidator) -> np.ndarray:
    """Return what surrogates say of cells that they have not seen, (n,)."""
    predicted = np.zeros(len(trained.accuracy))
    for seen, unseen in folds.split(trained.accuracy, groups=trained.stretch):
        known = surrogate(fit(trained.cells[seen], trained.mean[seen]))
        predicted[unseen] = known(trained.cells[unseen])
    return predicted
