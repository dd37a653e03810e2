"""Reinforcement learning: cells are written whole, and good ones become likelier (Fig. 4)."""

import random
from typing import Generic

import torch

from renas_controller.population import Individual
from renas_controller.reinforce import PolicyGradient
from renas_controller.settings import ControllerSettings
from renas_controller.state import State, reading_state, restored_generator
from renas_controller.strategies.best_kept import Idea
from renas_controller.strategies.book import Draw
from renas_controller.writer import Writer
from renas_space import InputError, Space
from renas_space.interface import G


class WritingProposer(Generic[G]):
    """Writes cells with a `Writer`, and makes a step of REINFORCE for each that is told.

    The baseline is an exponential moving average of the rewards, as in NAS and ENAS; the entropy is
    that of the choices on the way to the cell. It implements `Proposer`.
    """

    policy = None
    """Nothing is mutated: cells are written whole."""

    def __init__(
        self, space: Space[G], settings: ControllerSettings, *, generator: torch.Generator
    ) -> None:
        """Start with a random writer.

        Args:
            space: What is searched.
            settings: Of the writer and its learning.
            generator: Draws the first weights, then the cells.

        Raises:
            InputError: the baseline is that of parents, which cells that are written do not have.
        """
        if settings.baseline == "parent":
            raise InputError(
                "baseline is 'parent', but reinforcement writes cells without parents: give average"
            )
        self._generator = generator
        self._writer = Writer(space, hidden=settings.hidden, generator=generator)
        self._learning = PolicyGradient(self._writer, settings)

    @property
    def parents(self) -> tuple[Individual[G], ...]:
        """Nobody: cells have no parents."""
        return ()

    def propose(self, rng: random.Random) -> Idea[G]:  # noqa: ARG002 (torch draws)
        """Return a cell that the policy writes."""
        genotype, log_prob, entropy = self._writer.write(self._generator)
        return Idea(genotype=genotype, draw=Draw((), log_prob, entropy))

    def hear(self, genotype: G) -> None:
        """Learn nothing before it has a fitness."""

    def learn(self, individual: Individual[G], proposed: G) -> None:
        """Make a step of policy gradient, for the cell as it was written.

        The log-probability is that under the present weights, which may have moved since the cell
        was written.
        """
        log_prob, entropy = self._writer.log_prob(proposed)
        self._learning.step(log_prob, entropy, fitness=individual.fitness)

    def forget(self, genotype: G) -> None:
        """Learn nothing from what failed."""

    def state_dict(self) -> State:
        """Return the generator, the weights, Adam's moments and the baseline, copied."""
        return {"generator": self._generator.get_state(), **self._learning.state_dict()}

    def load_state_dict(self, state: State) -> None:
        """Go on from a state; nothing has changed if it does not fit.

        Raises:
            InputError: it does not.
        """
        with reading_state():
            generator = restored_generator(state["generator"])
            self._learning.load_state_dict(state)  # last: it changes at once
        self._generator = generator
