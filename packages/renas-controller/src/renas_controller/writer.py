"""A policy that writes whole genotypes, token by token: the rival RL of Fig. 4.

As in NAS (Zoph & Le 2017) and ENAS (Pham et al. 2018, section 2.4): an LSTM reads what it wrote
last and puts out a distribution over what may stand in the next slot.
"""

import random
from typing import Generic, cast

import torch
from torch import Tensor, nn

from renas_controller.controller import bounded
from renas_controller.distribution import IMPOSSIBLE
from renas_controller.first_weights import fill
from renas_controller.slot_index import SlotIndex
from renas_space import Mutation, Space
from renas_space.interface import G


class Writer(nn.Module, Generic[G]):
    """Writes genotypes of a space, L slots of at most V values."""

    legal: Tensor
    """(L, V) bool: what may stand in each slot."""
    ids: Tensor
    """(L, V) the id that is embedded when a value was written."""
    operation: Tensor
    """(L, V) which operation logit belongs to a value."""
    is_source: Tensor
    """(L, 1) bool: source or operation."""

    def __init__(self, space: Space[G], *, hidden: int, generator: torch.Generator) -> None:
        """Build it with random weights.

        Args:
            space: Where the genotypes come from.
            hidden: Size of an embedding and of the LSTM's state.
            generator: Where the initial weights come from.

        Raises:
            InputError: the layout of the space contradicts itself.
        """
        super().__init__()
        self._space = space
        index = SlotIndex(space.layout)
        self._slots = [
            (block, slot)
            for block, layout in enumerate(space.layout)
            for slot in range(len(layout.slots))
        ]
        rows = tuple(map(list, zip(*self._slots, strict=True)))
        for name in ("legal", "operation", "is_source"):
            table: Tensor = getattr(index, name)
            self.register_buffer(name, table[rows], persistent=False)
        self.register_buffer("ids", self._embedded_ids(), persistent=False)
        self.begin = nn.Parameter(torch.empty(hidden, device="meta"))
        self.embedding = nn.Embedding(space.vocabulary, hidden, device="meta")
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True, device="meta")
        self.source = nn.Linear(hidden, self.legal.shape[1], device="meta")
        self.operations = nn.Linear(hidden, max(1, index.operations), device="meta")
        fill(self, generator)

    def _embedded_ids(self) -> Tensor:
        """Return (L, V) the ids that the space gives to each value of each slot."""
        ids = torch.zeros(self.legal.shape, dtype=torch.long)
        any_one, place = self._space.sample(random.Random(0)), 0
        for row, (block, slot) in enumerate(self._slots):
            place += int(row > 0 and slot == 0 and self._space.layout[block - 1].combination)
            for column, value in enumerate(self._space.layout[block].slots[slot].values):
                changed = self._space.mutate(any_one, (Mutation(block, slot, value),))
                ids[row, column] = self._space.encoder_ids(changed)[place]
            place += 1
        return ids

    def log_probs(self, genotype: G) -> Tensor:
        """Return (L, V) the log-probability of each value of each slot, given what stands before.

        Args:
            genotype: What is written; the values of slot l depend on slots 0 to l - 1.

        Raises:
            ValueError: it has a token that is not legal in its slot.
        """
        written = self._positions(genotype)
        read = self.ids[torch.arange(len(written) - 1), written[:-1]]
        inputs = torch.cat([self.begin[None], self.embedding(read)])  # (L, hidden)
        states: Tensor = self.lstm(inputs[None])[0][0]
        return self._distributions(states, slice(None))

    def log_prob(self, genotype: G) -> tuple[Tensor, Tensor]:
        """Return the log-probability of a genotype, and the sum of the entropies on the way.

        Args:
            genotype: What is written.

        Returns:
            () and (), both with their gradients; the entropy is in nats.

        Raises:
            ValueError: as `log_probs`.
        """
        log_probs = self.log_probs(genotype)
        chosen = log_probs.gather(1, self._positions(genotype)[:, None])
        return chosen.sum(), -(log_probs.exp() * log_probs).sum()

    @torch.no_grad()
    def write(self, generator: torch.Generator) -> tuple[G, float, float]:
        """Write a genotype.

        Args:
            generator: Where the randomness comes from.

        Returns:
            The genotype, its log-probability, and the sum of the entropies on the way, in nats.
        """
        tokens: list[list[int]] = [[] for _ in self._space.layout]
        read, state, log_prob, entropy = self.begin, None, 0.0, 0.0
        for row, (block, slot) in enumerate(self._slots):
            output, state = self.lstm(read[None, None], state)
            distribution = self._distributions(output[0], slice(row, row + 1))[0]
            chance = distribution.exp()
            position = int(torch.multinomial(chance, 1, generator=generator))
            log_prob += float(distribution[position])
            entropy -= float((chance * distribution).sum())
            tokens[block].append(self._space.layout[block].slots[slot].values[position])
            read = cast("Tensor", self.embedding(self.ids[row, position]))
        return self._space.from_slot_tokens(tokens), log_prob, entropy

    def _distributions(self, states: Tensor, rows: slice) -> Tensor:
        """Return (l, V) log-probabilities of some slots, from the LSTM's outputs (l, hidden)."""
        operations: Tensor = self.operations(states)
        sources: Tensor = self.source(states)
        of_operation = operations.gather(1, self.operation[rows])
        logits = bounded(torch.where(self.is_source[rows], sources, of_operation))
        return logits.masked_fill(~self.legal[rows], IMPOSSIBLE).log_softmax(-1)

    def _positions(self, genotype: G) -> Tensor:
        """Return (L,) the place of each token among the values of its slot."""
        tokens = self._space.slot_tokens(genotype)
        return torch.tensor(
            [
                self._space.layout[block].slots[slot].values.index(tokens[block][slot])
                for block, slot in self._slots
            ]
        )
