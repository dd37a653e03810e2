"""The surrogate of RENAS's cells: the mean of boosted trees and message-passing networks.

The two err differently, so that their mean errs less than either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from renas_apps.comparison.boosted_trees import BoostedTrees
from renas_apps.comparison.cell_features import cell_features
from renas_apps.comparison.cell_networks import CellNetworks
from renas_space import Genotype


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """n cells as what a surrogate sees of them."""

    features: np.ndarray
    """(n, 94), of which the trees decide."""
    rows: np.ndarray
    """(n, B, 4) blocks as tokens, which the networks follow."""
    loose: np.ndarray
    """(n, B) whether no other block reads each."""

    @classmethod
    def of(cls, genotypes: Sequence[Genotype]) -> "Cells":
        """Return what is seen of the normal cells, all of the same number of blocks."""
        cells = [genotype.normal for genotype in genotypes]
        rows = np.array([cell.rows for cell in cells], dtype=np.int8)
        loose = np.zeros(rows.shape[:2], dtype=bool)
        for row, cell in zip(loose, cells, strict=True):
            row[[index - 2 for index in cell.loose]] = True
        features = np.array([cell_features(genotype) for genotype in genotypes], dtype=np.float32)
        return cls(features=features, rows=rows, loose=loose)

    def __getitem__(self, which: np.ndarray | slice) -> "Cells":
        """Return some of the cells."""
        return Cells(features=self.features[which], rows=self.rows[which], loose=self.loose[which])

    def __len__(self) -> int:
        """Return how many cells there are."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class CellSurrogate:
    """Predicts the accuracy of cells."""

    trees: BoostedTrees
    networks: CellNetworks

    def __call__(self, cells: Cells) -> np.ndarray:
        """Return the predictions for n cells: (n,)."""
        trees, networks = self.trees(cells.features), self.networks(cells.rows, cells.loose)
        return (trees + networks) / 2

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray], name: str) -> "CellSurrogate":
        """Return the surrogate of this name of a file's arrays."""
        parts: dict[str, dict[str, np.ndarray]] = {"trees": {}, "networks": {}}
        for key, array in arrays.items():
            surrogate, part, field = key.split(".")
            if surrogate == name:
                parts[part][field] = array
        return cls(BoostedTrees.of(parts["trees"]), CellNetworks.of(parts["networks"]))
