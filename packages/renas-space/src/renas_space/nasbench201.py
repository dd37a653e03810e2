"""NAS-Bench-201's cells as a space: three nodes, six edges, five operations (Dong & Yang 2020).

A node sums what its edges bring from the cell's input (node 0) and from the nodes before it. For a
controller a node is a block, and an edge that leads to it is a slot that holds an operation.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Self, cast

from renas_space.errors import InputError
from renas_space.interface import BlockLayout, Effect, Graph, Slot
from renas_space.mutation import Mutation

EDGE_OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
"""What an edge may do, in the benchmark's spelling and order; a token is a position in it."""

_EFFECTS: tuple[Effect, ...] = ("nothing", "identity", "convolution", "convolution", "pooling")

NODES = 3
"""Nodes with edges to them: node k has k of them, from nodes 0 to k - 1."""

_NODE = re.compile(r"\|(?:[a-z0-9_]+~\d\|)+")
_EDGE = re.compile(r"([a-z0-9_]+)~(\d)")


@dataclass(frozen=True, slots=True)
class EdgeCell:
    """A cell of NAS-Bench-201."""

    edges: tuple[tuple[int, ...], ...]
    """For each node, the operation of its edge from node 0, from node 1, ... as tokens."""

    def __post_init__(self) -> None:
        """Check the edges.

        Raises:
            InputError: they are no tuple of tuples, a node has too few or too many, or there is no
                such operation.
        """
        for part in ((self.edges,), self.edges):
            if not all(isinstance(edges, tuple) for edges in cast("tuple[object, ...]", part)):
                raise InputError(
                    f"a cell's edges are {self.edges!r}: give a tuple of a tuple for each node"
                )
        if [len(node) for node in self.edges] != [*range(1, NODES + 1)]:
            raise InputError(
                f"a cell with {[len(node) for node in self.edges]} edges to its nodes: give 1, 2, 3"
            )
        for token in (token for node in self.edges for token in node):
            if type(token) is not int or not 0 <= token < len(EDGE_OPERATIONS):
                raise InputError(
                    f"there is no operation {token!r}: give 0 to {len(EDGE_OPERATIONS) - 1}"
                )

    @classmethod
    def from_string(cls, text: str) -> Self:
        """Return the cell that the benchmark writes so.

        Args:
            text: such as ``|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|``.

        Raises:
            InputError: it is not written so.
        """
        nodes: list[tuple[int, ...]] = []
        for node in text.strip().split("+"):
            found = _EDGE.findall(node) if _NODE.fullmatch(node) else []
            names, places = [name for name, _ in found], [int(place) for _, place in found]
            if places != [*range(len(nodes) + 1)] or not set(names) <= set(EDGE_OPERATIONS):
                raise InputError(
                    f"{text!r} is no cell of NAS-Bench-201: write each node as "
                    "|operation~0|operation~1|... and + between them"
                )
            nodes.append(tuple(EDGE_OPERATIONS.index(name) for name in names))
        return cls(tuple(nodes))

    def __str__(self) -> str:
        """Write it as the benchmark does."""
        return "+".join(
            "|" + "".join(f"{EDGE_OPERATIONS[token]}~{place}|" for place, token in enumerate(node))
            for node in self.edges
        )


_LAYOUT = tuple(
    BlockLayout(
        slots=tuple(
            Slot(name=f"e{source}", kind="operation", values=(0, 1, 2, 3, 4))
            for source in range(node)
        ),
        combination=True,
    )
    for node in range(1, NODES + 1)
)


@dataclass(frozen=True, slots=True)
class NasBench201Space:
    """All 15,625 cells of NAS-Bench-201. It implements `renas_space.interface.Space`."""

    layout: tuple[BlockLayout, ...] = field(init=False, default=_LAYOUT, repr=False)
    """A block for each node."""

    vocabulary: int = field(init=False, default=len(EDGE_OPERATIONS) + 1, repr=False)
    """The operations, and the sum."""

    size: ClassVar[int] = len(EDGE_OPERATIONS) ** (NODES * (NODES + 1) // 2)
    """The exact number of cells: 5^6."""

    def encoder_ids(self, genotype: EdgeCell) -> tuple[int, ...]:
        """Return the operations of each node's edges, then the sum."""
        return tuple(token for node in genotype.edges for token in (*node, len(EDGE_OPERATIONS)))

    def slot_tokens(self, genotype: EdgeCell) -> tuple[tuple[int, ...], ...]:
        """Return the edges of each node."""
        return genotype.edges

    def from_slot_tokens(self, tokens: Sequence[Sequence[int]]) -> EdgeCell:
        """Return the cell with these edges.

        Raises:
            InputError: they are not those of a cell.
        """
        return EdgeCell(tuple(tuple(node) for node in tokens))

    @property
    def effects(self) -> Mapping[int, Effect]:
        """What each operation does, by its token."""
        return dict(enumerate(_EFFECTS))

    def graphs(self, genotype: EdgeCell) -> tuple[Graph]:
        """Return the cell as a graph of one input, whose last node is the output."""
        nodes = tuple(tuple(enumerate(node)) for node in genotype.edges)
        return (Graph(inputs=1, nodes=nodes, outputs=(NODES,)),)

    def sample(self, rng: random.Random) -> EdgeCell:
        """Return a cell drawn uniformly."""
        return EdgeCell(
            tuple(tuple(rng.choice(slot.values) for slot in node.slots) for node in self.layout)
        )

    def __iter__(self) -> Iterator[EdgeCell]:
        """Yield every cell."""
        for index in range(self.size):
            yield self.at(index)

    def at(self, index: int) -> EdgeCell:
        """Return the cell with this number: mixed radix, its first edge most significant.

        Raises:
            InputError: there is no such number.
        """
        if not 0 <= index < self.size:
            raise InputError(f"there is no cell {index}: this space has 0 to {self.size - 1}")
        digits: list[int] = []
        for _ in range(NODES * (NODES + 1) // 2):
            index, digit = divmod(index, len(EDGE_OPERATIONS))
            digits.append(digit)
        edges = iter(digits[::-1])
        return EdgeCell(tuple(tuple(next(edges) for _ in node.slots) for node in self.layout))

    def neighbours(self, genotype: EdgeCell) -> Iterator[EdgeCell]:
        """Yield every cell that differs in exactly one edge."""
        for block, node in enumerate(self.layout):
            for place, slot in enumerate(node.slots):
                for value in slot.values:
                    if value != genotype.edges[block][place]:
                        yield self.mutate(genotype, (Mutation(block, place, value),))

    def mutate(self, genotype: EdgeCell, mutations: Sequence[Mutation]) -> EdgeCell:
        """Return the cell with these changes, made together.

        Raises:
            InputError: a mutation names a node, an edge or an operation that there is not.
        """
        edges = [list(node) for node in genotype.edges]
        for mutation in mutations:
            if not (0 <= mutation.block < NODES and 0 <= mutation.slot <= mutation.block):
                raise InputError(f"{mutation} names no edge: node k has the edges 0 to k")
            edges[mutation.block][mutation.slot] = mutation.value
        return self.from_slot_tokens(edges)

    def digest(self, genotype: EdgeCell) -> str:
        """Return the cell as it is written.

        The benchmark trained each of its cells, isomorphic ones too, and gives each its own
        accuracy; so none is taken for another.
        """
        return str(genotype)
