"""What a predictor sees of a cell: sums and maxima over the paths that lead through it.

Which slot holds an operation says little of what a cell computes: an operation that moves to a
parallel edge changes nothing, one that moves behind another makes the cell deeper. What is counted
along paths is the same for isomorphic cells, and near for cells that compute alike.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from renas_controller.prediction.view import View
from renas_space import Effect, Graph, Space
from renas_space.interface import G

_NEVER = -1e6
"""The maximum over no paths at all."""

_CLOSED, _PASS = 0, 1
"""Rows of every table of operations: an edge that is not there, and one that changes nothing."""


class PathSums(View[G]):
    """Turns genotypes into numbers, the same for isomorphic ones.

    For each of a genotype's cells and K operations that do something: how many paths there are; how
    many of them convolve; for each operation its sum over all paths (K) and the most of it on a
    path (K); the longest path; the most convolutions on a path; whether a path does nothing;
    whether a path only convolves. That is 2K + 6 numbers a cell, in that order.
    """

    def __init__(self, space: Space[G]) -> None:
        """Look at genotypes of this space."""
        super().__init__(space)
        effects = dict(sorted(space.effects.items()))
        self._row = {token: row for row, token in enumerate(effects, start=2)}
        known: list[Effect] = ["nothing", "identity", *effects.values()]
        working = [row for row, one in enumerate(known) if one in ("pooling", "convolution")]
        self._open = torch.tensor([one != "nothing" for one in known], dtype=torch.double)
        self._convolves = torch.tensor([one == "convolution" for one in known], dtype=torch.double)
        self._layer = torch.eye(len(known), dtype=torch.double)[:, working]
        """(operations, K) 1 where the operation is the k-th of those that do something."""
        self._gain = torch.cat((self._layer, self._extremes(known)), dim=1)
        """(operations, K + 4) what a maximum gains on the way."""

    def _extremes(self, known: Sequence[Effect]) -> Tensor:
        """Return what a path gains of layers, convolutions, minus layers, unpooled convolutions."""
        layers = self._layer.sum(1)
        pooled = torch.tensor([_NEVER if one == "pooling" else 0.0 for one in known])
        return torch.stack((layers, self._convolves, -layers, self._convolves + pooled), dim=1)

    def of_graphs(self, graphs: Sequence[Sequence[Graph]]) -> Tensor:
        """Return the same, (n, numbers), of the graphs of each of n genotypes' cells.

        Raises:
            KeyError: as above.
        """
        return torch.cat([self._see(cells) for cells in zip(*graphs, strict=True)], dim=1)

    def _see(self, cells: Sequence[Graph]) -> Tensor:
        """Return the numbers of n cells with as many inputs, (n, 2K + 6)."""
        inputs, (source, operation) = cells[0].inputs, self._edges(cells)
        n, nodes, _ = source.shape
        each = torch.arange(n).unsqueeze(1)
        kinds = self._layer.shape[1]
        # Of the paths that lead to a node: their number, how many of them do not convolve, the sum
        # of each operation, and the maxima. An input has one path, which is empty.
        count = self._open.new_zeros(n, inputs + nodes)
        plain, total = torch.zeros_like(count), count.new_zeros(*count.shape, kinds)
        most = count.new_full((*count.shape, kinds + 4), _NEVER)
        count[:, :inputs], plain[:, :inputs], most[:, :inputs] = 1, 1, 0
        for node in range(nodes):
            read, done = source[:, node], operation[:, node]  # (n, E)
            is_open = self._open[done]
            passing = count[each, read] * is_open
            convolving = passing.unsqueeze(-1) * self._layer[done]
            carried = total[each, read] * is_open.unsqueeze(-1)
            longest = most[each, read] + self._gain[done]  # (n, E, K + 4)
            count[:, inputs + node] = passing.sum(1)
            plain[:, inputs + node] = (plain[each, read] * (is_open - self._convolves[done])).sum(1)
            total[:, inputs + node] = (carried + convolving).sum(1)
            longest = longest.masked_fill(passing.unsqueeze(-1) == 0, _NEVER)
            most[:, inputs + node] = longest.amax(1)
        return _numbers(count[:, -1], plain[:, -1], total[:, -1], most[:, -1])

    def _edges(self, cells: Sequence[Graph]) -> tuple[Tensor, Tensor]:
        """Return the edges of n cells: the node that each reads, and its row in the tables.

        Both are (n, nodes, E), short nodes padded with edges that are not there, small cells with
        nodes that nothing leads to; the last node is the output.
        """
        rows = [list(self._rows(cell)) for cell in cells]
        most = max(map(len, rows))
        rows = [[*cell[:-1], *([[]] * (most - len(cell))), cell[-1]] for cell in rows]
        width = max(len(node) for cell in rows for node in cell)
        padded = [[node + [(0, _CLOSED)] * (width - len(node)) for node in cell] for cell in rows]
        source, operation = torch.tensor(padded).unbind(-1)
        return source, operation

    def _rows(self, cell: Graph) -> Iterator[list[tuple[int, int]]]:
        """Yield the edges of each node, then those to the output."""
        for node in cell.nodes:
            yield [(read, self._row[token]) for read, token in node]
        yield [(read, _PASS) for read in cell.outputs]


def _numbers(count: Tensor, plain: Tensor, total: Tensor, most: Tensor) -> Tensor:
    """Return (n, 2K + 6) from what is known of the output; all zero where no path leads to it."""
    layers, (longest, convolutions, shortest, unpooled) = most[:, :-4], most[:, -4:].unbind(1)
    numbers = torch.stack((count, count - plain), dim=1), total, layers
    extremes = torch.stack((longest, convolutions, shortest == 0, unpooled > 0), dim=1)
    return torch.cat((*numbers, extremes), dim=1).masked_fill(count.unsqueeze(1) == 0, 0.0)
