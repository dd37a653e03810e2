"""The mutation controller: Algorithm 2 of the paper, batched over parents (section 4.2)."""

from collections.abc import Sequence
from typing import Generic

import torch
from torch import Tensor, nn

from renas_controller.distribution import MutationDistribution
from renas_controller.encoder import Encoder
from renas_controller.first_weights import fill
from renas_controller.settings import PAPER_SETTINGS, ControllerSettings
from renas_controller.slot_index import SlotIndex, check_every_block_can_change
from renas_space import InputError, Space
from renas_space.interface import G

TEMPERATURE = 5.0
"""What logits are divided by (4.3)."""
TANH_CONSTANT = 2.5
"""Where logits saturate (4.3)."""


class Controller(nn.Module, Generic[G]):
    """A policy that mutates genotypes of a space.

    It works for any layout of blocks and slots. For RENAS's cell a parent of B blocks is read as
    5B tokens, and 2B decisions are made.
    """

    def __init__(
        self,
        space: Space[G],
        settings: ControllerSettings = PAPER_SETTINGS,
        *,
        generator: torch.Generator,
        bidirectional: bool = True,
        allow_idle: bool = True,
    ) -> None:
        """Build it with random weights.

        Args:
            space: Where the genotypes come from.
            settings: The size of its states; the rest of the settings is about learning.
            generator: Where the initial weights come from.
            bidirectional: Whether the encoder reads in both directions; False is the ablation
                "non-bi" of Fig. 4.
            allow_idle: Whether a mutation may choose what is there already, as in the paper.

        Raises:
            InputError: the layout of the space contradicts itself, or has a block in which nothing
                can change though idle mutations are not allowed.
        """
        super().__init__()
        self._space = space
        self._allow_idle = allow_idle
        self.index = SlotIndex(space.layout)
        """Where slots are found among the encoder's states."""
        if not allow_idle:
            check_every_block_can_change(space.layout)
        hidden = settings.hidden
        self.encoder = Encoder(space.vocabulary, hidden, bidirectional=bidirectional)
        self.router = nn.Linear(hidden, 1, device="meta")
        # A layer on (H_source, H_ID), written as the sum of a layer on each.
        self.input_mutator_source = nn.Linear(hidden, 1, device="meta")
        self.input_mutator_slot = nn.Linear(hidden, 1, bias=False, device="meta")
        self.operation_mutator = nn.Linear(hidden, max(1, self.index.operations), device="meta")
        fill(self, generator)

    def distribution(self, parents: Sequence[G]) -> MutationDistribution:
        """Return what may be done to each parent, and how likely it is.

        Args:
            parents: P genotypes of the space.

        Raises:
            InputError: a parent has more or fewer slots than the space's genotypes. Whether each of
                its choices is one of the space's is not looked at.
        """
        ids = [self._space.encoder_ids(parent) for parent in parents]
        for parent, read in zip(parents, ids, strict=True):
            if len(read) != self.index.tokens:
                raise InputError(
                    f"the encoder would read {len(read)} ids of {parent}, its layout has "
                    f"{self.index.tokens}: give a genotype of the controller's space"
                )
        return self(torch.tensor(ids), self._allowed(parents))

    def forward(self, ids: Tensor, allowed: Tensor) -> MutationDistribution:
        """Run Algorithm 2 up to the sampling.

        Args:
            ids: (P, T) what the encoder reads of each parent.
            allowed: (B, K, V) or (P, B, K, V) bool: what may be chosen in each slot.
        """
        index = self.index
        states: Tensor = self.encoder(ids)  # Alg. 2, lines 1 and 2: (P, 2 + T, hidden)
        slots = states[:, index.state]  # (P, B, K, hidden): H_i1, H_i2, H_o1, H_o2 of each block
        router: Tensor = self.router(slots).squeeze(-1)  # Alg. 2, line 4
        # Alg. 2, line 6: H_ID beside H_A of earlier blocks, H^(c-1), H^(c-2).
        of_source: Tensor = self.input_mutator_source(states).squeeze(-1)  # (P, 2 + T)
        of_slot: Tensor = self.input_mutator_slot(slots)  # (P, B, K, 1)
        source = of_source[:, index.source] + of_slot  # (P, B, K, V)
        # Alg. 2, line 8: each value of a slot takes the logit of its operation.
        of_operation: Tensor = self.operation_mutator(slots)  # (P, B, K, operations)
        operation = of_operation.gather(-1, index.operation.expand_as(source))
        choice = torch.where(index.is_source, source, operation)
        return MutationDistribution(index, bounded(router), bounded(choice), allowed)

    def _allowed(self, parents: Sequence[G]) -> Tensor:
        """Return (B, K, V), or (P, B, K, V) without idle choices."""
        if self._allow_idle:
            return self.index.legal
        tokens = [self.index.positions(self._space.slot_tokens(parent)) for parent in parents]
        present = torch.tensor(tokens).unsqueeze(-1)  # (P, B, K, 1)
        return self.index.legal.expand(len(parents), -1, -1, -1).scatter(-1, present, value=False)


def bounded(logits: Tensor) -> Tensor:
    """Return 2.5 tanh(logit / 5), which keeps the policy from growing certain (section 4.3)."""
    return TANH_CONSTANT * torch.tanh(logits / TEMPERATURE)
