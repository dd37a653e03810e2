"""What a predictor sees of genotypes: a view turns the graphs of their cells into numbers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic

import torch
from torch import Tensor

from renas_space import Graph, Space
from renas_space.interface import G


class View(ABC, Generic[G]):
    """Turns genotypes into numbers, the same for isomorphic ones."""

    def __init__(self, space: Space[G]) -> None:
        """Look at genotypes of this space."""
        self._space = space

    def __call__(self, genotypes: Sequence[G]) -> Tensor:
        """Return what is seen of n genotypes, (n, numbers) in double precision.

        Raises:
            KeyError: one has an operation that the space does not know.
        """
        return self.of_graphs([self._space.graphs(genotype) for genotype in genotypes])

    @abstractmethod
    def of_graphs(self, graphs: Sequence[Sequence[Graph]]) -> Tensor:
        """Return what `__call__` does, (n, numbers), given the graphs of each genotype's cells.

        Raises:
            KeyError: one has an operation that the space does not know.
        """


class CountingView(View[G]):
    """A view whose numbers are counted cell by cell."""

    def of_graphs(self, graphs: Sequence[Sequence[Graph]]) -> Tensor:
        """Return the numbers of each genotype's cells, side by side.

        Raises:
            KeyError: as above.
        """
        rows = [[number for cell in cells for number in self._count(cell)] for cells in graphs]
        return torch.tensor(rows, dtype=torch.double)

    @abstractmethod
    def _count(self, cell: Graph) -> list[int]:
        """Return the numbers of a cell."""
