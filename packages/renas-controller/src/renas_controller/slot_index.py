"""Where each slot of a space is found among the encoder's states: index tensors, computed once."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from renas_space import BlockLayout, InputError, Slot
from renas_space.interface import PREVIOUS, PREVIOUS_PREVIOUS

BEGIN_STATES = 2
"""The encoder's states start with H^(c-2) and H^(c-1); that of token t is at 2 + t."""


class SlotIndex:
    """A layout as tensors over (block, slot, value), short blocks and slots padded with zeros.

    B blocks have at most K slots, a slot at most V values. An index into states counts the two
    begin states first.
    """

    state: Tensor
    """(B, K) index of the slot's own state, H_ID."""
    source: Tensor
    """(B, K, V) index of the state that a value of a source slot reads."""
    operation: Tensor
    """(B, K, V) which operation logit belongs to a value of an operation slot."""
    is_source: Tensor
    """(B, K, 1) bool: input mutator or operation mutator."""
    legal: Tensor
    """(B, K, V) bool: not padding."""
    operations: int
    """How many distinct operation tokens the layout has."""
    tokens: int
    """How many ids the encoder reads, T."""

    def __init__(self, layout: Sequence[BlockLayout]) -> None:
        """Index a layout.

        Raises:
            InputError: the layout is empty, a slot has no values or not one source for each, or a
                source is a block without a combination token.
        """
        _check(layout)
        self.layout = tuple(layout)
        slots = max(len(block.slots) for block in layout)
        values = max(len(slot.values) for _, _, slot in self._each())
        shape = (len(layout), slots, values)
        self.state = torch.zeros(shape[:2], dtype=torch.long)
        self.source = torch.zeros(shape, dtype=torch.long)
        self.operation = torch.zeros(shape, dtype=torch.long)
        self.is_source = torch.zeros((*shape[:2], 1), dtype=torch.bool)
        self.legal = torch.zeros(shape, dtype=torch.bool)
        self._positions = {
            (block, slot): {value: position for position, value in enumerate(part.values)}
            for block, slot, part in self._each()
        }
        self._fill()

    def _each(self) -> Iterator[tuple[int, int, Slot]]:
        """Yield (block, slot, the slot's layout)."""
        for block, part in enumerate(self.layout):
            for slot, layout in enumerate(part.slots):
                yield block, slot, layout

    def _fill(self) -> None:
        """Write the tensors."""
        firsts, combinations = _token_positions(self.layout)
        tokens = sorted(
            {v for *_, slot in self._each() if slot.kind == "operation" for v in slot.values}
        )
        logit = {token: place for place, token in enumerate(tokens)}
        self.operations = len(tokens)
        self.tokens = sum(len(block.slots) + block.combination for block in self.layout)
        for block, slot, part in self._each():
            count = len(part.values)
            self.state[block, slot] = firsts[block] + slot
            self.legal[block, slot, :count] = True
            if part.kind == "source":
                self.is_source[block, slot] = True
                places = [combinations[source] for source in part.sources]
                self.source[block, slot, :count] = torch.tensor(places)
            else:
                places = [logit[value] for value in part.values]
                self.operation[block, slot, :count] = torch.tensor(places)

    def position(self, block: int, slot: int, token: int) -> int:
        """Return the place of a token among the legal values of a slot.

        Raises:
            InputError: there is no such slot, or the token is not legal there.
        """
        position = self._positions.get((block, slot), {}).get(token)
        if position is None:
            raise InputError(
                f"block {block} has no slot {slot} that may hold {token}: "
                "give a mutation of this space"
            )
        return position

    def positions(self, tokens: Sequence[Sequence[int]]) -> list[list[int]]:
        """Return the places of a genotype's present tokens, (B, K), padded with 0.

        Raises:
            InputError: the tokens are not legal.
        """
        slots = self.state.shape[1]
        rows = [
            [self.position(block, slot, token) for slot, token in enumerate(row)]
            for block, row in enumerate(tokens)
        ]
        return [row + [0] * (slots - len(row)) for row in rows]


def _token_positions(layout: Sequence[BlockLayout]) -> tuple[list[int], dict[int, int]]:
    """Return where each block's tokens start, and the state of each source, among all states."""
    firsts: list[int] = []
    sources = {PREVIOUS_PREVIOUS: 0, PREVIOUS: 1}
    position = BEGIN_STATES
    for number, block in enumerate(layout):
        firsts.append(position)
        position += len(block.slots)
        if block.combination:
            sources[number] = position
            position += 1
    return firsts, sources


def _check(layout: Sequence[BlockLayout]) -> None:
    """Raise InputError where a layout contradicts itself."""
    if not layout or not all(block.slots for block in layout):
        raise InputError("the layout has no blocks or a block without slots: give each one or more")
    combined = {number for number, block in enumerate(layout) if block.combination}
    combined |= {PREVIOUS_PREVIOUS, PREVIOUS}
    for number, slot in ((n, slot) for n, block in enumerate(layout) for slot in block.slots):
        if not slot.values or len(set(slot.values)) < len(slot.values):
            raise InputError(
                f"slot {slot.name!r} of block {number} has the values {slot.values}: "
                "give at least one, each once"
            )
        if slot.kind == "source" and len(slot.sources) != len(slot.values):
            raise InputError(
                f"slot {slot.name!r} of block {number} has {len(slot.values)} values and "
                f"{len(slot.sources)} sources: give a source for each value"
            )
        for source in slot.sources:
            if source not in combined:
                raise InputError(
                    f"slot {slot.name!r} of block {number} reads block {source}, which has no "
                    "combination token: give that block one in the layout"
                )


def check_every_block_can_change(layout: Sequence[BlockLayout]) -> None:
    """Check that idle mutations can be done without.

    Raises:
        InputError: some block has no slot of two values or more.
    """
    for number, block in enumerate(layout):
        if all(len(slot.values) < 2 for slot in block.slots):
            raise InputError(
                f"block {number} has no slot with two values, so every mutation of it is idle: "
                "allow idle mutations"
            )
