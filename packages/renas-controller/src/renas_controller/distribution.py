"""What the controller may do to its parents: a distribution over mutations, in closed form.

The encoder runs once, on the parent, so what is chosen in one block does not change what may be
chosen in another. Log-probability and entropy are therefore exact sums over blocks (section 4.3).
"""

from collections.abc import Callable, Sequence
from copy import copy
from typing import cast

import torch
from torch import Tensor

from renas_controller.slot_index import SlotIndex
from renas_space import InputError, Mutation
from renas_space.interface import G

IMPOSSIBLE = -1e9
"""The logit of what must not be chosen: its probability is exactly zero, and unlike minus infinity
it leaves every sum and gradient finite."""


class MutationDistribution:
    """Independent in each block: which slot mutates (ID), then what it becomes.

    P parents of B blocks; a block has at most K slots, a slot at most V values. Everything is
    differentiable with respect to the logits.
    """

    def __init__(
        self, index: SlotIndex, router_logits: Tensor, choice_logits: Tensor, allowed: Tensor
    ) -> None:
        """Normalise logits.

        Args:
            index: What the slots and values are.
            router_logits: (P, B, K).
            choice_logits: (P, B, K, V).
            allowed: (B, K, V) or (P, B, K, V) bool: what may be chosen; a slot without an allowed
                value is never chosen.
        """
        self._index = index
        self.allowed = allowed.expand_as(choice_logits)
        """(P, B, K, V) bool: what may be chosen."""
        self.router = router_logits.masked_fill(~allowed.any(-1), IMPOSSIBLE).log_softmax(-1)
        """(P, B, K) log p(ID) of each slot within its block."""
        self.choice = choice_logits.masked_fill(~allowed, IMPOSSIBLE).log_softmax(-1)
        """(P, B, K, V) log p(value | ID)."""

    def of(self, parents: Sequence[int]) -> "MutationDistribution":
        """Return the distribution of these parents, by position; one may be given repeatedly."""
        chosen = copy(self)
        chosen.router, chosen.choice = self.router[list(parents)], self.choice[list(parents)]
        chosen.allowed = self.allowed[list(parents)]
        return chosen

    def by_chance(self) -> "MutationDistribution":
        """Return what chance would do to the same parents.

        A slot is as likely as any other of its block that has an allowed value, and so is a value
        among those that are allowed in its slot, as in `RandomMutator`.
        """
        router, choice = torch.zeros_like(self.router), torch.zeros_like(self.choice)
        return MutationDistribution(self._index, router, choice, self.allowed)

    def sample(
        self, generator: torch.Generator, blocks: Sequence[Sequence[int]]
    ) -> list[tuple[Mutation, ...]]:
        """Draw one mutation in each of the given blocks (Algorithm 2, lines 3 to 10).

        Args:
            generator: Where the randomness comes from.
            blocks: For each of the P parents, the blocks that mutate.

        Returns:
            For each parent its mutations, in the order of its blocks.

        Raises:
            InputError: there are not as many sequences as parents, there is no such block, or one
                is given twice.
        """
        parent, block = self._rows(blocks)
        router = self.router.detach()[parent, block].exp()  # (rows, K)
        slot = torch.multinomial(router, 1, generator=generator)[:, 0]  # Alg. 2, line 4
        choice = self.choice.detach()[parent, block, slot].exp()  # (rows, V)
        value = torch.multinomial(choice, 1, generator=generator)[:, 0]  # Alg. 2, lines 6 and 8
        drawn = iter(zip(_numbers(slot), _numbers(value), strict=True))
        return [tuple(self._mutation(block, *next(drawn)) for block in each) for each in blocks]

    def _mutation(self, block: int, slot: int, position: int) -> Mutation:
        """Return the mutation to the value at this position of a slot."""
        return Mutation(block, slot, self._index.layout[block].slots[slot].values[position])

    def log_prob(self, mutations: Sequence[Sequence[Mutation]]) -> Tensor:
        """Return log p(ID) + log p(value | ID), summed over the mutations of each parent.

        Which blocks mutate is given, not part of it.

        Args:
            mutations: For each of the P parents any mutations, no two in one block.

        Returns:
            (P,)

        Raises:
            InputError: there are not as many sequences as parents, a mutation is not of this space,
                or a block mutates twice.
        """
        parent, block = self._rows([[m.block for m in each] for each in mutations])
        every = [m for each in mutations for m in each]
        values = [self._index.position(m.block, m.slot, m.value) for m in every]
        slot = torch.tensor([m.slot for m in every], dtype=torch.long)
        value = torch.tensor(values, dtype=torch.long)
        terms = self.router[parent, block, slot] + self.choice[parent, block, slot, value]
        return terms.new_zeros(len(mutations)).index_add(0, parent, terms)

    def entropy(self, blocks: Sequence[Sequence[int]] | None = None) -> Tensor:
        """Return H(router) + sum over ID of p(ID) H(mutator | ID), summed over blocks.

        Args:
            blocks: For each of the P parents the blocks that mutate; None means all.

        Returns:
            (P,) in nats.

        Raises:
            InputError: there are not as many sequences as parents, there is no such block, or one
                is given twice.
        """
        chance = self.router.exp()
        of_router = -(chance * self.router).sum(-1)
        of_mutators = -(self.choice.exp() * self.choice).sum(-1)  # (P, B, K)
        terms = of_router + (chance * of_mutators).sum(-1)  # (P, B)
        if blocks is None:
            return terms.sum(-1)
        parent, block = self._rows(blocks)
        return terms.new_zeros(len(blocks)).index_add(0, parent, terms[parent, block])

    def _rows(self, blocks: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Return (rows,) the parent and (rows,) the block of each mutation."""
        parents, known = self.router.shape[:2]
        if len(blocks) != parents:
            raise InputError(f"{len(blocks)} sequences for {parents} parents: give one for each")
        for each in blocks:
            if len(set(each)) < len(each) or not all(0 <= block < known for block in each):
                raise InputError(
                    f"the mutating blocks are {list(each)}: "
                    f"give blocks from 0 to {known - 1}, each once"
                )
        rows = [parent for parent, each in enumerate(blocks) for _ in each]
        return (
            torch.tensor(rows, dtype=torch.long),
            torch.tensor([block for each in blocks for block in each], dtype=torch.long),
        )


def _numbers(values: Tensor) -> list[int]:
    """Return whole numbers, (n,), as Python's, all at once."""
    return cast("list[int]", values.tolist())  # pyright: ignore[reportUnknownMemberType]


Policy = Callable[[Sequence[G]], MutationDistribution]
"""Says what it would do to genotypes, one or more; asking changes nothing."""
