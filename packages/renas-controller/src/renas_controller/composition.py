"""What a predictor sees of a cell first: what it is made of, in six numbers.

They say how much a cell convolves, pools and passes on, how wide and how deep it is. A few cells
that were trained tell which of that is good for the task at hand; which operation stands where
(`edge_counts`) and what paths do (`path_sums`) then tell cells apart that are made alike.
"""

from collections.abc import Sequence
from typing import Generic

import torch
from torch import Tensor

from renas_space import Effect, Graph, Space
from renas_space.interface import G

_COUNTED: tuple[Effect, ...] = ("convolution", "pooling", "identity")


class Composition(Generic[G]):
    """Turns genotypes into numbers, the same whichever way the nodes of a cell are numbered.

    For each of a genotype's cells: how many edges convolve, pool, and pass on what they read; how
    many nodes make the output; how many edges read an input; and the depth of the deepest node, in
    edges on the longest way to it. Edges that do nothing do not count. That is six numbers a cell,
    in that order.
    """

    def __init__(self, space: Space[G]) -> None:
        """Look at genotypes of this space."""
        self._space = space
        self._effects = space.effects

    def __call__(self, genotypes: Sequence[G]) -> Tensor:
        """Return what is seen of n genotypes, (n, numbers) in double precision.

        Raises:
            KeyError: one has an operation that the space does not know.
        """
        return self.of_graphs([self._space.graphs(genotype) for genotype in genotypes])

    def of_graphs(self, graphs: Sequence[Sequence[Graph]]) -> Tensor:
        """Return the same, (n, numbers), of the graphs of each of n genotypes' cells.

        Raises:
            KeyError: as above.
        """
        rows = [[number for cell in cells for number in self._count(cell)] for cells in graphs]
        return torch.tensor(rows, dtype=torch.double)

    def _count(self, cell: Graph) -> list[int]:
        """Return the numbers of a cell."""
        effects, reading, depths = list[Effect](), 0, [0] * cell.inputs
        for edges in cell.nodes:
            open_edges = [
                (read, effect)
                for read, token in edges
                if (effect := self._effects[token]) != "nothing"
            ]
            effects += [effect for _, effect in open_edges]
            reading += sum(read < cell.inputs for read, _ in open_edges)
            depths.append(1 + max((depths[read] for read, _ in open_edges), default=-1))
        return [*map(effects.count, _COUNTED), len(cell.outputs), reading, max(depths)]
