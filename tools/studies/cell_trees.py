"""Fit the gradient boosting machines of a surrogate of RENAS's cells, with scikit-learn."""

from collections.abc import Sequence

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor

from renas_apps.comparison.boosted_trees import BoostedTrees
from renas_apps.comparison.cell_features import FEATURES
from renas_apps.comparison.cell_surrogate import Cells

MEMBERS, TREES, DEPTH, RATE, SHARE, SUBSAMPLE, LEAF = 5, 200, 4, 0.04, 0.3, 0.5, 5
"""Machines of a surrogate; trees of each, their depth, learning rate, shares of the features that a
split chooses from and of the cells that a tree sees, and least cells of a leaf."""


def train(cells: Cells, accuracy: np.ndarray) -> dict[str, np.ndarray]:
    """Return the arrays of `BoostedTrees` fitted to n cells and their accuracies (n,).

    Raises:
        RuntimeError: the arrays do not say what the library's trees say.
    """
    machines = [
        GradientBoostingRegressor(
            n_estimators=TREES,
            max_depth=DEPTH,
            learning_rate=RATE,
            max_features=SHARE,
            subsample=SUBSAMPLE,
            min_samples_leaf=LEAF,
            random_state=member,
        ).fit(cells.features, accuracy)
        for member in range(MEMBERS)
    ]
    trees = _arrays(machines)
    theirs = np.mean([machine.predict(cells.features) for machine in machines], axis=0)
    difference = abs(BoostedTrees.of(trees)(cells.features) - theirs).max()
    if difference > 1e-6:
        raise RuntimeError(f"the arrays differ from the trees by {difference}")
    return trees


def _arrays(machines: Sequence[GradientBoostingRegressor]) -> dict[str, np.ndarray]:
    """Return the trees of the machines as arrays of `BoostedTrees`."""
    trees = [tree.tree_ for machine in machines for tree in machine.estimators_[:, 0]]
    feature = np.zeros((len(trees), 2**DEPTH - 1), dtype=np.int8)
    threshold = np.full(feature.shape, np.inf, dtype=np.float32)  # nothing goes right
    value = np.zeros((len(trees), 2**DEPTH), dtype=np.float32)

    def copy(number: int, node: int, place: int) -> None:
        """Write a node of a tree, and all below it, to its place in the complete tree."""
        tree, inner = trees[number], feature.shape[1]
        if place >= inner:
            value[number, place - inner] = RATE * tree.value[node].item() / len(machines)
            return
        left, right = tree.children_left[node], tree.children_right[node]
        if left >= 0:
            feature[number, place] = tree.feature[node]
            threshold[number, place] = _rounded_down(tree.threshold[node])
        copy(number, left if left >= 0 else node, 2 * place + 1)
        copy(number, right if left >= 0 else node, 2 * place + 2)

    for number in range(len(trees)):
        copy(number, 0, 0)
    # Its features do not matter: boosting starts from the mean of what it was fitted to.
    start = machines[0].init_.predict(np.zeros((1, len(FEATURES))))
    base = np.asarray(start, dtype=float).reshape(())
    return {"feature": feature, "threshold": threshold, "value": value, "base": base}


def _rounded_down(threshold: float) -> np.float32:
    """Return the largest single that is not above it: no single lies between the two."""
    near = np.float32(threshold)
    return near if near <= threshold else np.nextafter(near, np.float32(-np.inf))
