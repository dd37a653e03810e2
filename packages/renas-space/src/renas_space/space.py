"""The search space of cells: sampling, counting, numbering and neighbours (section 3.1)."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from renas_space.errors import InputError
from renas_space.genotype import AUTHORS_OUTPUT, Cell, Genotype, OutputRule, check_output
from renas_space.interface import (
    PREVIOUS,
    PREVIOUS_PREVIOUS,
    BlockLayout,
    Effect,
    Graph,
    Slot,
)
from renas_space.mutation import SLOTS, Mutation
from renas_space.operations import (
    OPERATION_TOKENS,
    OPERATIONS,
    RENAS_OPERATIONS,
    Family,
    operation,
)

_EFFECTS: dict[Family, Effect] = {
    "separable": "convolution",
    "dilated": "convolution",
    "factorized": "convolution",
    "average": "pooling",
    "maximum": "pooling",
    "identity": "identity",
}

MAX_BLOCKS = 34
"""Cells of more blocks have inputs that no longer fit the compact string."""


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """All genotypes of a number of blocks over a list of operations.

    It implements `renas_space.interface.Space`. Genotypes are counted as written: two that are
    isomorphic are two members.
    """

    blocks: int = 5
    """B, the blocks of a cell (the paper: 5)."""
    operations: tuple[str, ...] = RENAS_OPERATIONS
    """What a side of a block may do."""
    separate_reduction: bool = False
    """Whether the reduction cell is searched too; in RENAS one cell serves as both."""
    output: OutputRule = AUTHORS_OUTPUT
    """The output rule of every cell."""
    layout: tuple[BlockLayout, ...] = field(init=False, repr=False, compare=False)
    """The slots of each block; the blocks of a separate reduction cell follow."""

    def __post_init__(self) -> None:
        """Check the settings and lay out the slots.

        Raises:
            InputError: the number of blocks, the list of operations or the output rule is of no
                use.
        """
        if type(self.blocks) is not int or not 1 <= self.blocks <= MAX_BLOCKS:
            raise InputError(f"a cell of {self.blocks!r} blocks: use 1 to {MAX_BLOCKS}")
        object.__setattr__(self, "operations", tuple(self.operations))
        for name in self.operations:
            operation(name)
        if not self.operations or len(set(self.operations)) < len(self.operations):
            raise InputError(
                f"the operations are {list(self.operations)}: give at least one, each once"
            )
        check_output(self.output)
        object.__setattr__(self, "layout", tuple(self._lay_out()))

    def _lay_out(self) -> Iterator[BlockLayout]:
        """Yield the slots of each block."""
        tokens = tuple(OPERATION_TOKENS[name] for name in self.operations)
        for first in range(0, self.blocks * self._cells, self.blocks):
            for block in range(self.blocks):
                inputs = tuple(range(block + 2))
                sources = (PREVIOUS_PREVIOUS, PREVIOUS, *range(first, first + block))
                yield BlockLayout(
                    slots=(
                        Slot(name="i1", kind="source", values=inputs, sources=sources),
                        Slot(name="i2", kind="source", values=inputs, sources=sources),
                        Slot(name="o1", kind="operation", values=tokens),
                        Slot(name="o2", kind="operation", values=tokens),
                    ),
                    combination=True,
                )

    @property
    def _cells(self) -> int:
        """How many cells a genotype describes."""
        return 2 if self.separate_reduction else 1

    @property
    def _slots(self) -> Iterator[Slot]:
        """All slots in the order of the tokens."""
        return (slot for block in self.layout for slot in block.slots)

    @property
    def size(self) -> int:
        """The exact number of genotypes: for B = 5 (6^5 * 6!)^2 = 3.1e13, as in section 3.1."""
        return math.prod(len(slot.values) for slot in self._slots)

    @property
    def vocabulary(self) -> int:
        """How many ids the encoder reads: the inputs, all known operations, and addition."""
        return self.blocks + 1 + len(OPERATIONS) + 1

    def encoder_ids(self, genotype: Genotype) -> tuple[int, ...]:
        """Return five ids a block: inputs as they are, operations after them, addition last."""
        first_operation, addition = self.blocks + 1, self.vocabulary - 1
        return tuple(
            token
            for i1, i2, o1, o2 in self.slot_tokens(genotype)
            for token in (i1, i2, first_operation + o1, first_operation + o2, addition)
        )

    def slot_tokens(self, genotype: Genotype) -> tuple[tuple[int, ...], ...]:
        """Return (i1, i2, o1, o2) of each block."""
        if self.separate_reduction:
            return genotype.normal.rows + genotype.reduction_cell.rows
        return genotype.normal.rows

    def from_slot_tokens(self, tokens: Sequence[Sequence[int]]) -> Genotype:
        """Return the genotype whose blocks are (i1, i2, o1, o2).

        Raises:
            InputError: the tokens are not those of a genotype of this space.
        """
        genotype = Genotype.from_tokens(
            [token for block in tokens for token in (*block, 0)],
            separate_reduction=self.separate_reduction,
            output=self.output,
        )
        self.check(genotype)
        return genotype

    @property
    def effects(self) -> Mapping[int, Effect]:
        """What each operation of this space does, by its token."""
        return {
            OPERATION_TOKENS[name]: _EFFECTS[operation(name).family] for name in self.operations
        }

    def graphs(self, genotype: Genotype) -> tuple[Graph, ...]:
        """Return the cell as a graph that reads c-2 and c-1; a separate reduction cell too."""
        normal = _graph(genotype.normal, reduction=False)
        if not self.separate_reduction:
            return (normal,)
        return (normal, _graph(genotype.reduction_cell, reduction=True))

    def contains(self, genotype: Genotype) -> bool:
        """Return whether the genotype is a member of this space."""
        try:
            self.check(genotype)
        except InputError:
            return False
        return True

    def check(self, genotype: Genotype) -> None:
        """Check that the genotype is a member of this space.

        Raises:
            InputError: it is not, and why.
        """
        if genotype.reduction is not None and not self.separate_reduction:
            raise InputError(
                f"{genotype.label} has a reduction cell of its own, this space has none"
            )
        self._check_cell(genotype.normal)
        if genotype.reduction is not None:
            self._check_cell(genotype.reduction)

    def _check_cell(self, cell: Cell) -> None:
        """Check one cell as `check` does."""
        if len(cell.blocks) != self.blocks:
            raise InputError(
                f"a cell has {len(cell.blocks)} blocks, those of this space {self.blocks}"
            )
        if cell.output != self.output:
            raise InputError(
                f"a cell has the output rule {cell.output!r}, this space {self.output!r}"
            )
        for name in (name for block in cell.blocks for name in block.operations):
            if name not in self.operations:
                raise InputError(
                    f"operation {name!r} is none of this space: {list(self.operations)}"
                )

    def sample(self, rng: random.Random) -> Genotype:
        """Return a genotype drawn uniformly from the space."""
        return self._from_values([rng.choice(slot.values) for slot in self._slots])

    def index(self, genotype: Genotype) -> int:
        """Return the number of a genotype: mixed radix, its first token most significant.

        Raises:
            InputError: the genotype is not of this space.
        """
        self.check(genotype)
        number = 0
        tokens = (token for block in self.slot_tokens(genotype) for token in block)
        for slot, token in zip(self._slots, tokens, strict=True):
            number = number * len(slot.values) + slot.values.index(token)
        return number

    def at(self, index: int) -> Genotype:
        """Return the genotype with this number; the inverse of `index`.

        Raises:
            InputError: there is no such number.
        """
        if type(index) is not int or not 0 <= index < self.size:
            raise InputError(f"there is no cell {index!r}: this space has 0 to {self.size - 1}")
        values: list[int] = []
        for slot in reversed(list(self._slots)):
            index, digit = divmod(index, len(slot.values))
            values.append(slot.values[digit])
        return self._from_values(values[::-1])

    def neighbours(self, genotype: Genotype) -> Iterator[Genotype]:
        """Yield every genotype of the space that differs in exactly one token.

        Raises:
            InputError: the genotype is not of this space.
        """
        self.check(genotype)
        tokens = [token for block in self.slot_tokens(genotype) for token in block]
        for position, slot in enumerate(self._slots):
            for value in slot.values:
                if value != tokens[position]:
                    yield self._from_values([*tokens[:position], value, *tokens[position + 1 :]])

    def mutate(self, genotype: Genotype, mutations: Sequence[Mutation]) -> Genotype:
        """Return the genotype with these changes, made together.

        Raises:
            InputError: the genotype, or a block, slot or token of a mutation, is not of this space.
        """
        self.check(genotype)
        tokens = [list(block) for block in self.slot_tokens(genotype)]
        for mutation in mutations:
            if not (0 <= mutation.block < len(tokens) and 0 <= mutation.slot < len(SLOTS)):
                raise InputError(
                    f"{mutation} names no slot: this space has {len(tokens)} blocks of 4"
                )
            if mutation.value not in self.layout[mutation.block].slots[mutation.slot].values:
                raise InputError(f"{mutation} puts a token where it is not legal")
            tokens[mutation.block][mutation.slot] = mutation.value
        return self._from_values([token for block in tokens for token in block])

    def digest(self, genotype: Genotype) -> str:
        """Return `Genotype.digest`."""
        return genotype.digest()

    def _from_values(self, values: Sequence[int]) -> Genotype:
        """Return the genotype whose slots hold these legal tokens, four a block."""
        tokens = [t for i in range(0, len(values), 4) for t in (*values[i : i + 4], 0)]
        return Genotype.from_tokens(
            tokens, separate_reduction=self.separate_reduction, output=self.output
        )


def _graph(cell: Cell, *, reduction: bool) -> Graph:
    """Return how a cell computes; its inputs are counted as its blocks count them."""
    return Graph(
        inputs=2,
        nodes=tuple(((i1, o1), (i2, o2)) for i1, i2, o1, o2 in cell.rows),
        outputs=cell.concatenated(reduction=reduction),
    )
