"""Small spaces beside RENAS's own, on which everything can be enumerated."""

import random

import pytest
import torch

from renas_space import BlockLayout, Graph, InputError, SearchSpace, Slot
from renas_space.nasbench201 import NasBench201Space


class SlotSpace:
    """A space of any layout: a genotype is the tuple of its blocks' tokens."""

    def __init__(self, layout):
        self.layout = tuple(layout)
        self.vocabulary = 1 + max(
            value for block in self.layout for slot in block.slots for value in slot.values
        )
        self.vocabulary += 1  # a combination

    def slot_tokens(self, genotype):
        return genotype

    def from_slot_tokens(self, tokens):
        genotype = tuple(tuple(block) for block in tokens)
        for block, row in zip(self.layout, genotype, strict=True):
            for slot, token in zip(block.slots, row, strict=True):
                if token not in slot.values:
                    raise InputError(f"{token} is not legal in {slot.name}: give another")
        return genotype

    def encoder_ids(self, genotype):
        combination = self.vocabulary - 1
        ids = []
        for block, row in zip(self.layout, genotype, strict=True):
            ids += [*row, combination] if block.combination else row
        return tuple(ids)

    def sample(self, rng):
        return tuple(
            tuple(rng.choice(slot.values) for slot in block.slots) for block in self.layout
        )

    def mutate(self, genotype, mutations):
        tokens = [list(block) for block in genotype]
        for mutation in mutations:
            tokens[mutation.block][mutation.slot] = mutation.value
        return self.from_slot_tokens(tokens)

    def digest(self, genotype):
        return repr(genotype)

    @property
    def effects(self):
        tokens = {
            v for b in self.layout for s in b.slots if s.kind == "operation" for v in s.values
        }
        return dict.fromkeys(tokens, "convolution")

    def graphs(self, genotype):
        """A chain: what its operations do in parallel, block after block."""
        nodes = tuple(
            tuple(
                (number, token)
                for slot, token in zip(block.slots, row, strict=True)
                if slot.kind == "operation"
            )
            for number, (block, row) in enumerate(zip(self.layout, genotype, strict=True))
        )
        return (Graph(inputs=1, nodes=nodes, outputs=(len(nodes),)),)


def _edges():
    """Six blocks of one slot, which holds an operation out of five; nothing is combined."""
    operation = Slot(name="op", kind="operation", values=(0, 1, 2, 3, 4))
    return SlotSpace([BlockLayout(slots=(operation,), combination=False)] * 6)


def _uneven():
    """Blocks and slots of unequal length, tokens with gaps."""
    return SlotSpace(
        [
            BlockLayout(
                slots=(
                    Slot(name="i", kind="source", values=(0, 1), sources=(-2, -1)),
                    Slot(name="o", kind="operation", values=(3, 5, 9)),
                ),
                combination=True,
            ),
            BlockLayout(
                slots=(
                    Slot(name="i", kind="source", values=(0, 2), sources=(-1, 0)),
                    Slot(name="o", kind="operation", values=(5,)),
                    Slot(name="p", kind="operation", values=(9, 4, 3, 5)),
                ),
                combination=False,
            ),
        ]
    )


SPACES = {
    "cell-of-two": lambda: SearchSpace(blocks=2),
    "two-cells": lambda: SearchSpace(blocks=1, separate_reduction=True),
    "nas-bench-201": NasBench201Space,
    "edges": _edges,
    "uneven": _uneven,
}


@pytest.fixture(params=SPACES)
def space(request):
    """Each of the small spaces in turn."""
    return SPACES[request.param]()


@pytest.fixture
def edges():
    return _edges()


@pytest.fixture
def uneven():
    return _uneven()


@pytest.fixture
def rng():
    return random.Random(0)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def lively(generator):
    """Give a module weights so large that its distributions are far from uniform."""

    def enlarge(module):
        for parameter in module.parameters():
            torch.nn.init.normal_(parameter, std=1.0, generator=generator)
        return module

    return enlarge


@pytest.fixture(autouse=True)
def one_thread():
    """Small steps are slower with more, and sums differ."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
