"""What a predictor sees of a cell first: what it is made of, in six numbers.

They say how much a cell convolves, pools and passes on, how wide and how deep it is. A few cells
that were trained tell which of that is good for the task at hand; which operation stands where
(`edge_counts`) and what paths do (`path_sums`) then tell cells apart that are made alike.
"""

from renas_controller.prediction.view import CountingView
from renas_space import Effect, Graph, Space
from renas_space.interface import G

_COUNTED: tuple[Effect, ...] = ("convolution", "pooling", "identity")


class Composition(CountingView[G]):
    """Turns genotypes into numbers, the same whichever way the nodes of a cell are numbered.

    For each of a genotype's cells: how many edges convolve, pool, and pass on what they read; how
    many nodes make the output; how many edges read an input; and the depth of the deepest node, in
    edges on the longest way to it. Edges that do nothing do not count. That is six numbers a cell,
    in that order.
    """

    def __init__(self, space: Space[G]) -> None:
        """Look at genotypes of this space."""
        super().__init__(space)
        self._effects = space.effects

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
