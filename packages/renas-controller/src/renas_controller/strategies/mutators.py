"""Who makes the mutations: the learned controller, or chance."""

import random
from collections.abc import Sequence
from typing import Generic, Protocol

import torch

from renas_controller.controller import Controller
from renas_controller.distribution import MutationDistribution, Policy
from renas_controller.population import Individual
from renas_controller.reinforce import Reinforce
from renas_controller.settings import ControllerSettings
from renas_controller.slot_index import check_every_block_can_change
from renas_controller.state import (
    State,
    Stateful,
    random_state,
    reading_state,
    restored_generator,
    restored_random,
)
from renas_controller.strategies.book import Draw
from renas_space import Mutation, Space
from renas_space.interface import G


class Mutator(Stateful, Protocol[G]):
    """Draws mutations of a parent, and may learn from what became of them."""

    @property
    def policy(self) -> Policy[G] | None:
        """What it would do to given parents; None where it does not know."""
        ...

    def draw(self, parent: G, blocks: Sequence[int]) -> Draw:
        """Return one mutation in each of the blocks."""
        ...

    def learn(self, parent: Individual[G], mutations: Sequence[Mutation], fitness: float) -> None:
        """Take in the fitness of a child."""
        ...


class LearnedMutator(Generic[G]):
    """The reinforced mutation of RENAS: the controller of Algorithm 2 and its policy gradient."""

    def __init__(
        self,
        space: Space[G],
        settings: ControllerSettings,
        *,
        generator: torch.Generator,
        bidirectional: bool = True,
        allow_idle: bool = True,
    ) -> None:
        """Start with a random controller.

        Args:
            space: Where the genotypes come from.
            settings: Of the controller and its learning.
            generator: Draws the first weights, then the mutations.
            bidirectional: Whether its encoder reads in both directions.
            allow_idle: Whether a mutation may choose what is there already.

        Raises:
            InputError: as `Controller`.
        """
        self._generator = generator
        self._controller = Controller(
            space,
            settings,
            generator=generator,
            bidirectional=bidirectional,
            allow_idle=allow_idle,
        )
        self._learning = Reinforce(self._controller, settings)

    def policy(self, genotypes: Sequence[G]) -> MutationDistribution:
        """Return what it would do to these parents, one or more, without a gradient.

        Raises:
            InputError: as `Controller.distribution`.
        """
        with torch.no_grad():
            return self._controller.distribution(genotypes)

    def draw(self, parent: G, blocks: Sequence[int]) -> Draw:
        """Return one mutation in each of the blocks, with their log-probability and entropy."""
        with torch.no_grad():
            distribution = self._controller.distribution((parent,))
            sampled = distribution.sample(self._generator, (blocks,))
            log_prob = distribution.log_prob(sampled).item()
            entropy = distribution.entropy((blocks,)).item()
        return Draw(sampled[0], log_prob, entropy)

    def learn(self, parent: Individual[G], mutations: Sequence[Mutation], fitness: float) -> None:
        """Make a step of policy gradient."""
        self._learning.step(
            parent.genotype, mutations, fitness=fitness, parent_fitness=parent.fitness
        )

    def state_dict(self) -> State:
        """Return the generator, the weights and the state of learning."""
        return {
            "generator": self._generator.get_state(),
            "learning": self._learning.state_dict(),
        }

    def load_state_dict(self, state: State) -> None:
        """Go on from a state; nothing has changed if it does not fit.

        Raises:
            InputError: it does not.
        """
        with reading_state():
            generator = restored_generator(state["generator"])
            self._learning.load_state_dict(state["learning"])  # last: it changes at once
        self._generator = generator


class RandomMutator(Generic[G]):
    """The mutation of plain evolution: a uniform slot of the block, a uniform value (Fig. 4)."""

    policy = None
    """Nothing is learned."""

    def __init__(self, space: Space[G], *, rng: random.Random, allow_idle: bool = True) -> None:
        """Draw mutations of genotypes of this space.

        Args:
            space: Where the genotypes come from.
            rng: Where the randomness comes from.
            allow_idle: Whether a mutation may choose what is there already.

        Raises:
            InputError: idle mutations are not allowed, but a block has no others.
        """
        if not allow_idle:
            check_every_block_can_change(space.layout)
        self._space = space
        self._rng = rng
        self._allow_idle = allow_idle

    def draw(self, parent: G, blocks: Sequence[int]) -> Draw:
        """Return one mutation in each of the blocks."""
        tokens = self._space.slot_tokens(parent)
        return Draw(tuple(self._mutation(block, tokens[block]) for block in blocks))

    def _mutation(self, block: int, tokens: Sequence[int]) -> Mutation:
        """Draw what happens to a block with these tokens."""
        choices = [
            [value for value in slot.values if self._allow_idle or value != token]
            for slot, token in zip(self._space.layout[block].slots, tokens, strict=True)
        ]
        slot = self._rng.choice([slot for slot, values in enumerate(choices) if values])
        return Mutation(block, slot, self._rng.choice(choices[slot]))

    def learn(self, parent: Individual[G], mutations: Sequence[Mutation], fitness: float) -> None:
        """Learn nothing: chance does not."""

    def state_dict(self) -> State:
        """Return the state of the generator."""
        return {"rng": random_state(self._rng)}

    def load_state_dict(self, state: State) -> None:
        """Go on from a state; nothing has changed if it does not fit.

        Raises:
            InputError: it does not.
        """
        with reading_state():
            self._rng = restored_random(state["rng"])
