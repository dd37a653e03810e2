"""An ensemble of boosted regression trees as arrays, evaluated in microseconds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class BoostedTrees:
    """T complete trees of depth D: the children of node k are 2k + 1 and 2k + 2.

    What a library has fitted is kept as numbers, so that a benchmark stays what it is whatever
    version of the library there is later.
    """

    feature: np.ndarray
    """(T, 2^D - 1) what each node looks at."""
    threshold: np.ndarray
    """(T, 2^D - 1) whatever is above goes right."""
    value: np.ndarray
    """(T, 2^D) what each leaf adds."""
    base: np.ndarray
    """() what they add to."""

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Return the prediction for n inputs (n, F): (n,)."""
        trees, inner = self.feature.shape
        tree = np.arange(trees)
        node = np.zeros((len(features), trees), dtype=np.intp)
        for _ in range((inner + 1).bit_length() - 1):
            looked_at = np.take_along_axis(features, self.feature[tree, node], axis=1)
            node = 2 * node + 1 + (looked_at > self.threshold[tree, node])
        return self.base + self.value[tree, node - inner].sum(1, dtype=np.float64)

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> "BoostedTrees":
        """Return the trees of named arrays."""
        return cls(*(arrays[name] for name in ("feature", "threshold", "value", "base")))
