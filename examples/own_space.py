"""Search a space of your own: chains of layers, each of which reads the input or a layer before it.

A strategy knows of a space what `renas_space.interface.Space` lists, and nothing of its genotypes
but that they can be compared and hashed.

Example:
    python examples/own_space.py
"""

import random
from collections.abc import Mapping, Sequence

from renas_controller import make_strategy
from renas_space import BlockLayout, Effect, Graph, Mutation, Slot
from renas_space.interface import PREVIOUS

LAYERS = 6
OPERATIONS: tuple[Effect, ...] = ("convolution", "pooling", "identity")

Chain = tuple[tuple[int, int], ...]
"""Of each layer: what it reads, where 0 is the input and k is layer k; and its operation."""


class ChainSpace:
    """All chains. It implements `renas_space.interface.Space`."""

    layout = tuple(
        BlockLayout(
            slots=(
                Slot(
                    name="read",
                    kind="source",
                    values=tuple(range(layer + 1)),
                    sources=(PREVIOUS, *range(layer)),
                ),
                Slot(name="do", kind="operation", values=tuple(range(len(OPERATIONS)))),
            ),
            combination=True,  # other layers may read it
        )
        for layer in range(LAYERS)
    )
    vocabulary = LAYERS + len(OPERATIONS) + 1

    @property
    def effects(self) -> Mapping[int, Effect]:
        """What each operation does, by its token."""
        return dict(enumerate(OPERATIONS))

    def slot_tokens(self, genotype: Chain) -> tuple[tuple[int, ...], ...]:
        """Return what each layer reads and does."""
        return genotype

    def from_slot_tokens(self, tokens: Sequence[Sequence[int]]) -> Chain:
        """Return the chain of these layers."""
        return tuple((read, do) for read, do in tokens)

    def encoder_ids(self, genotype: Chain) -> tuple[int, ...]:
        """Return three ids a layer: what it reads, what it does, and one that stands for it."""
        return tuple(
            token for read, do in genotype for token in (read, LAYERS + do, self.vocabulary - 1)
        )

    def graphs(self, genotype: Chain) -> tuple[Graph, ...]:
        """Return the chain as a graph, whose output is the last layer's."""
        return (Graph(inputs=1, nodes=tuple((layer,) for layer in genotype), outputs=(LAYERS,)),)

    def sample(self, rng: random.Random) -> Chain:
        """Return a chain drawn uniformly."""
        return tuple(
            (rng.randrange(layer + 1), rng.randrange(len(OPERATIONS))) for layer in range(LAYERS)
        )

    def mutate(self, genotype: Chain, mutations: Sequence[Mutation]) -> Chain:
        """Return the chain with these changes."""
        tokens = [list(layer) for layer in genotype]
        for mutation in mutations:
            tokens[mutation.block][mutation.slot] = mutation.value
        return self.from_slot_tokens(tokens)

    def digest(self, genotype: Chain) -> str:
        """Return the chain in words: each needs an evaluation of its own."""
        return str(genotype)


def fitness(chain: Chain) -> float:
    """Return how good a chain is, from 0 to 1: how deep it convolves and pools in turn."""
    layers, read, wanted = 0, LAYERS, 0
    while read:
        read, do = chain[read - 1]
        layers += do == wanted
        wanted = 1 - wanted
    return layers / LAYERS


strategy = make_strategy("renas-plus", ChainSpace(), seed=0)
for _ in range(100):
    proposal = strategy.ask()
    strategy.tell(proposal, fitness(proposal.genotype))

best = strategy.best
if best is not None:
    print(f"fitness {best.fitness:.2f} after 100 evaluations: {best.genotype}")
