"""All that a mutation may choose, as flat lists: the slots of a space, and the values of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from renas_apps.comparison.benchmark import Benchmark
from renas_space import Slot
from renas_space.drawing import state_name

Kind = Literal["operation", "source", "slot"]
"""What a policy prefers some of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotChoice:
    """A slot that may mutate."""

    block: int
    """Where it is, from 0."""
    slot: int
    """Its position in the block."""
    layout: Slot
    """Its name and its values."""

    @property
    def name(self) -> str:
        """For people, such as ``block 1 i2``; blocks are counted from 1 as drawings do."""
        return f"block {self.block + 1} {self.layout.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChoice:
    """A value that a slot may take."""

    place: int
    """Of its slot, in the list of all slots."""
    position: int
    """Among the values of the slot."""
    token: int
    """That stands for it."""
    kind: Literal["operation", "source"]
    """What it stands for."""
    name: str
    """For people, such as ``sep_conv_3x3`` or ``c-1``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a line of a table is about: a slot, or a value wherever it may stand."""

    kind: Kind
    """Of it."""
    name: str
    """For people."""
    members: tuple[int, ...]
    """Where it stands in the list of all slots, or of all values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The slots of a space and their values, in the order of its layout."""

    slots: tuple[SlotChoice, ...]
    """S of them."""
    values: tuple[ValueChoice, ...]
    """V of all slots together."""

    @classmethod
    def of(cls, benchmark: Benchmark[Any]) -> "Choices":
        """Return the choices of a benchmark's space."""
        slots = tuple(
            SlotChoice(block=block, slot=position, layout=slot)
            for block, part in enumerate(benchmark.space.layout)
            for position, slot in enumerate(part.slots)
        )
        values = tuple(
            ValueChoice(
                place=place,
                position=position,
                token=token,
                kind=choice.layout.kind,
                name=_name(choice.layout, position, benchmark.operations),
            )
            for place, choice in enumerate(slots)
            for position, token in enumerate(choice.layout.values)
        )
        return cls(slots=slots, values=values)

    @property
    def items(self) -> tuple[Item, ...]:
        """Every operation, every source and every slot."""
        members: dict[tuple[Kind, str], list[int]] = {}
        # Operations in the order of their tokens, sources in that of the blocks.
        for number, value in sorted(enumerate(self.values), key=lambda one: one[1].token):
            members.setdefault((value.kind, value.name), []).append(number)
        members |= {("slot", slot.name): [place] for place, slot in enumerate(self.slots)}
        kinds: tuple[Kind, ...] = ("operation", "source", "slot")
        return tuple(
            Item(kind=kind, name=name, members=tuple(numbers))
            for wanted in kinds
            for (kind, name), numbers in members.items()
            if kind == wanted
        )


def _name(slot: Slot, position: int, operations: Sequence[str]) -> str:
    """Return what a value of a slot is called."""
    if slot.kind == "source":
        return state_name(slot.sources[position] + 2)  # which counts c-2 and c-1 first
    return operations[slot.values[position]]
