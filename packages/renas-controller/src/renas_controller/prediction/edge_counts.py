"""What a predictor sees of a cell: which operations stand where.

Sums over paths (`path_sums`) tell what a cell computes; counts of its edges tell it in the terms in
which cells are mutated, so that a few cells already show what an operation at the input is worth.
"""

from renas_controller.prediction.view import CountingView
from renas_space import Graph, Space
from renas_space.interface import G


class EdgeCounts(CountingView[G]):
    """Turns genotypes into numbers, the same whichever way the nodes of a cell are numbered.

    For each of a genotype's cells, with I inputs and K operations: how often each operation reads
    each input, and how often another node (K(I + 1)); how often each occurs (K), and at a node that
    makes the output (K); how many edges read each input (I); how many nodes make the output; the
    depth of the deepest node, the sum of all depths and of those that make the output. The depth of
    a node is the number of edges on the longest way to it. That is K(I + 3) + I + 4 numbers a cell,
    in that order.
    """

    def __init__(self, space: Space[G]) -> None:
        """Look at genotypes of this space."""
        super().__init__(space)
        self._column = {token: column for column, token in enumerate(sorted(space.effects))}

    def _count(self, cell: Graph) -> list[int]:
        """Return the numbers of a cell."""
        inputs, operations, made = cell.inputs, len(self._column), set(cell.outputs)
        on_source = [[0] * operations for _ in range(inputs + 1)]
        at_output = [0] * operations
        depths = [0] * inputs
        for node, edges in enumerate(cell.nodes, start=inputs):
            for read, token in edges:
                on_source[min(read, inputs)][self._column[token]] += 1
                at_output[self._column[token]] += node in made
            depths.append(1 + max((depths[read] for read, _ in edges), default=-1))
        return [
            *(count for counts in on_source for count in counts),
            *map(sum, zip(*on_source, strict=True)),
            *at_output,
            *map(sum, on_source[:inputs]),
            len(made),
            *(max(depths), sum(depths), sum(depths[node] for node in made)),
        ]
