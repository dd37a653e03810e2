"""Reinforcement learning: cells are written whole, and good ones become likelier (Fig. 4)."""

import random
from typing import Generic

import torch

from renas_controller.adam import check_moments, moments_of, restore_moments
from renas_controller.population import Individual
from renas_controller.reward import reward
from renas_controller.settings import ControllerSettings
from renas_controller.state import State, check_tensors, copy_tensors
from renas_controller.strategies.best_kept import Idea
from renas_controller.strategies.book import Draw
from renas_controller.writer import Writer
from renas_space import Space
from renas_space.interface import G


class WritingProposer(Generic[G]):
    """Writes cells with a `Writer`, and makes a step of REINFORCE for each that is told.

    The baseline is an exponential moving average of the rewards, as in NAS and ENAS. It implements
    `Proposer`.
    """

    policy = None
    """Nothing is mutated: cells are written whole."""

    def __init__(
        self, space: Space[G], settings: ControllerSettings, *, generator: torch.Generator
    ) -> None:
        """Start with a random writer.

        Args:
            space: What is searched.
            settings: Sizes, learning rate, entropy weight and the decay of the baseline.
            generator: Draws the first weights, then the cells.
        """
        self._settings = settings
        self._generator = generator
        self._writer = Writer(space, hidden=settings.hidden, generator=generator)
        self._adam = torch.optim.Adam(self._writer.parameters(), settings.learning_rate, fused=True)
        self._average: float | None = None

    @property
    def parents(self) -> tuple[Individual[G], ...]:
        """Nobody: cells have no parents."""
        return ()

    def propose(self, rng: random.Random) -> Idea[G]:  # noqa: ARG002 (torch draws)
        """Return a cell that the policy writes."""
        genotype, log_prob, entropy = self._writer.write(self._generator)
        return Idea(genotype=genotype, draw=Draw((), log_prob, entropy))

    def learn(self, individual: Individual[G]) -> None:
        """Make a step of policy gradient.

        The log-probability is that under the present weights, which may have moved since the cell
        was written.
        """
        settings = self._settings
        log_prob, entropy = self._writer.log_prob(individual.genotype)
        bonus = settings.entropy_weight * entropy
        total = reward(individual.fitness, settings.validation_images) + bonus.item()
        past = total if self._average is None else self._average
        decay = settings.baseline_decay
        self._average = decay * past + (1 - decay) * total
        self._adam.zero_grad()
        (-(total - past) * log_prob).backward()  # pyright: ignore[reportUnknownMemberType]
        self._adam.step()  # pyright: ignore[reportUnknownMemberType]

    def forget(self, genotype: G) -> None:
        """Learn nothing from what failed."""

    def state_dict(self) -> State:
        """Return the generator, the weights, Adam's moments and the baseline, copied."""
        return {
            "generator": self._generator.get_state(),
            "weights": copy_tensors(self._writer.state_dict()),
            "moments": copy_tensors(moments_of(self._adam, self._writer)),
            "average": self._average,
        }

    def load_state_dict(self, state: State) -> None:
        """Go on from a state; nothing has changed if it does not fit.

        Raises:
            InputError: it does not.
        """
        generator = {"generator": state["generator"]}
        check_tensors(generator, {"generator": self._generator.get_state()})
        check_tensors(state["weights"], dict(self._writer.named_parameters()))
        check_moments(state["moments"], self._writer)
        average = state["average"]
        self._writer.load_state_dict(state["weights"])
        restore_moments(self._adam, self._writer, state["moments"])
        self._generator.set_state(state["generator"])
        self._average = average
