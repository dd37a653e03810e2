"""What a controller needs to know of a search space, whatever its genotypes are.

A genotype is a sequence of blocks; a block has slots; a slot holds one token out of those that are
legal there, and stands for a source (a state to read) or an operation. RENAS's cells and
NAS-Bench-201's edges both fit.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from renas_space.mutation import Mutation

G = TypeVar("G")
"""The genotypes of a space: immutable values that can be compared and hashed."""

PREVIOUS_PREVIOUS, PREVIOUS = -2, -1
"""In `Slot.sources`: c-2 and c-1, the two cells before this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One part of a block that a mutation may change."""

    name: str
    """For people, for example ``i1``."""
    kind: Literal["source", "operation"]
    """Whether its tokens name something to read or something to do."""
    values: tuple[int, ...]
    """The tokens that are legal here."""
    sources: tuple[int, ...] = ()
    """For a source slot, what each value reads: -2 is c-2, -1 is c-1, k >= 0 the output of block k
    (an index into the layout)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockLayout:
    """The slots of one block, and whether the encoder reads a combination token after them."""

    slots: tuple[Slot, ...]
    """In the order in which the encoder reads them."""
    combination: bool
    """Whether a token follows that stands for the block's output (the paper's A)."""


Effect = Literal["nothing", "identity", "pooling", "convolution"]
"""What an operation does to what it reads; one of ``nothing`` passes nothing on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """How a cell computes: a node sums what its edges bring, and some nodes make the output."""

    inputs: int
    """How many inputs the cell has: they are the nodes 0 to ``inputs - 1``."""
    nodes: tuple[tuple[tuple[int, int], ...], ...]
    """For each further node its edges: (the node that is read, the token of the operation).

    What a predictor is to tell apart must show here: where an operation has a width besides, let
    one token stand for each pair of both, with an entry of its own in `Space.effects`."""
    outputs: tuple[int, ...]
    """The nodes that make the output."""


class Space(Protocol[G]):
    """A set of genotypes that a strategy can search. `check_space` checks one of your own."""

    @property
    def layout(self) -> tuple[BlockLayout, ...]:
        """The blocks of every genotype of this space."""
        ...

    @property
    def vocabulary(self) -> int:
        """How many distinct ids `encoder_ids` uses: each gets an embedding."""
        ...

    def slot_tokens(self, genotype: G) -> tuple[tuple[int, ...], ...]:
        """Return the present token of each slot, block by block."""
        ...

    def from_slot_tokens(self, tokens: Sequence[Sequence[int]]) -> G:
        """Return the genotype with these tokens; the inverse of `slot_tokens`."""
        ...

    def encoder_ids(self, genotype: G) -> tuple[int, ...]:
        """Return what the encoder reads: per block the ids of its slots, then its combination."""
        ...

    @property
    def effects(self) -> Mapping[int, Effect]:
        """What each operation does, by its token."""
        ...

    def graphs(self, genotype: G) -> tuple[Graph, ...]:
        """Return how each of the genotype's cells computes.

        As many cells for every genotype, each with as many inputs; nodes may be more or fewer.
        """
        ...

    def sample(self, rng: random.Random) -> G:
        """Return a genotype drawn uniformly."""
        ...

    def mutate(self, genotype: G, mutations: Sequence[Mutation]) -> G:
        """Return the genotype with these changes."""
        ...

    def digest(self, genotype: G) -> str:
        """Return a string that is equal exactly for genotypes that need one evaluation only.

        By rule those that compute the same function; a benchmark may tell some of these apart.
        """
        ...
