"""REINFORCE: how a policy learns from the fitness of what it made (section 4.3)."""

import math
from collections.abc import Sequence
from typing import Any, Generic

import torch
from torch import Tensor, nn

from renas_controller.adam import learned_state, load_learned_state
from renas_controller.controller import Controller
from renas_controller.reward import reward
from renas_controller.settings import ControllerSettings
from renas_controller.state import State, reading_state
from renas_space import Mutation
from renas_space.interface import G


class PolicyGradient:
    """Policy gradient with Adam, an entropy bonus and a baseline, of any policy."""

    def __init__(self, policy: nn.Module, settings: ControllerSettings) -> None:
        """Start with no baseline and no moments.

        Args:
            policy: What learns.
            settings: Learning rate, entropy, baseline and the clipping of the reward.
        """
        self._policy = policy
        self._settings = settings
        self._average: float | None = None
        # Fused: one call for all parameters, a third of the time of a step.
        self._adam = torch.optim.Adam(policy.parameters(), settings.learning_rate, fused=True)

    def step(
        self,
        log_prob: Tensor,
        entropy: Tensor,
        *,
        fitness: float,
        parent_fitness: float | None = None,
    ) -> float:
        """Make what has been done likelier if it was good, and less so if it was bad.

        Args:
            log_prob: () of what has been done, with its gradient.
            entropy: () of the policy that did it, in nats, with its gradient.
            fitness: Of what came of it, 0 to 1.
            parent_fitness: Of what it was made from, 0 to 1; what was made from nothing is
                compared with the average, whatever the baseline.

        Returns:
            The advantage: the reward above the baseline.

        Raises:
            InputError: a fitness is not from 0 to 1.
        """
        settings = self._settings
        bonus = settings.entropy_weight * entropy
        in_reward = bonus.item() if settings.entropy_bonus == "reward" else 0.0
        total = reward(fitness, settings.validation_images) + in_reward  # 4.3
        if settings.baseline == "parent" and parent_fitness is not None:
            # The parent's reward gets the same entropy, so that only fitness is compared.
            advantage = total - reward(parent_fitness, settings.validation_images) - in_reward
        else:
            advantage = total - self._past_average(total)

        loss = -advantage * log_prob  # 4.3: REINFORCE
        if settings.entropy_bonus == "gradient":
            loss = loss - bonus
        self._adam.zero_grad()
        loss.backward()  # pyright: ignore[reportUnknownMemberType]
        self._adam.step()  # pyright: ignore[reportUnknownMemberType]
        return advantage

    def _past_average(self, total: float) -> float:
        """Return the average of the rewards so far, then let it take in this one.

        The average must not know the reward that it is compared with, or the gradient would be
        biased; the first reward is its own average.
        """
        past = total if self._average is None else self._average
        decay = self._settings.baseline_decay
        self._average = decay * past + (1 - decay) * total
        return past

    def state_dict(self) -> State:
        """Return weights, Adam's moments and the baseline, copied."""
        return {**learned_state(self._policy, self._adam), "average": self._average}

    def load_state_dict(self, state: State) -> None:
        """Go on from a state; nothing has changed if it does not fit.

        Raises:
            InputError: it does not.
        """
        with reading_state():
            average = _read_average(state["average"])
            load_learned_state(self._policy, self._adam, state)
        self._average = average


def _read_average(value: Any) -> float | None:
    """Return an average of rewards out of a state.

    Raises:
        TypeError: it is neither a number nor None.
        ValueError: it is not finite.
    """
    if value is None:
        return None
    if not isinstance(value, int | float):
        raise TypeError(f"the average is {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"the average is {value!r}")
    return float(value)


class Reinforce(Generic[G]):
    """Policy gradient of the controller; one step a child."""

    def __init__(self, controller: Controller[G], settings: ControllerSettings) -> None:
        """Start with no baseline and no moments.

        Args:
            controller: What learns.
            settings: Learning rate, entropy, baseline and the clipping of the reward.
        """
        self._controller = controller
        self._gradient = PolicyGradient(controller, settings)

    def step(
        self, parent: G, mutations: Sequence[Mutation], *, fitness: float, parent_fitness: float
    ) -> float:
        """Make good mutations likelier and bad ones less so.

        The log-probability is that under the present weights, which may have moved since the
        mutations were drawn.

        Args:
            parent: The genotype that was mutated.
            mutations: What was done to it.
            fitness: Of the child, 0 to 1.
            parent_fitness: Of the parent, 0 to 1.

        Returns:
            The advantage: the reward above the baseline.

        Raises:
            InputError: a fitness is not from 0 to 1, or a mutation not of this space.
        """
        distribution = self._controller.distribution((parent,))
        log_prob = distribution.log_prob((mutations,)).sum()
        entropy = distribution.entropy([[mutation.block for mutation in mutations]]).sum()
        return self._gradient.step(
            log_prob, entropy, fitness=fitness, parent_fitness=parent_fitness
        )

    def state_dict(self) -> State:
        """Return weights, Adam's moments and the baseline, copied."""
        return self._gradient.state_dict()

    def load_state_dict(self, state: State) -> None:
        """Go on from a state; nothing has changed if it does not fit.

        Raises:
            InputError: it does not.
        """
        self._gradient.load_state_dict(state)
