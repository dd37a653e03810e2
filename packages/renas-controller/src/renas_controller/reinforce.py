"""REINFORCE: how the controller learns from the fitness of a child (section 4.3)."""

from collections.abc import Sequence
from typing import Generic

import torch
from torch import Tensor

from renas_controller.adam import check_moments, moments_of, restore_moments
from renas_controller.controller import Controller
from renas_controller.reward import reward
from renas_controller.settings import ControllerSettings
from renas_controller.state import State, check_tensors, copy_tensors
from renas_space import Mutation
from renas_space.interface import G


class Reinforce(Generic[G]):
    """Policy gradient with Adam, an entropy bonus and a baseline; one step a child."""

    def __init__(self, controller: Controller[G], settings: ControllerSettings) -> None:
        """Start with no baseline and no moments.

        Args:
            controller: What learns.
            settings: Learning rate, entropy, baseline and the clipping of the reward.
        """
        self._controller = controller
        self._settings = settings
        self._average: float | None = None
        # Fused: one call for all parameters, a third of the time of a step.
        self._adam = torch.optim.Adam(controller.parameters(), settings.learning_rate, fused=True)

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
        settings = self._settings
        distribution = self._controller.distribution((parent,))
        log_prob = distribution.log_prob((mutations,)).sum()
        entropy = distribution.entropy([[mutation.block for mutation in mutations]]).sum()
        bonus = settings.entropy_weight * entropy

        in_reward = bonus.item() if settings.entropy_bonus == "reward" else 0.0
        total = reward(fitness, settings.validation_images) + in_reward  # 4.3
        if settings.baseline == "parent":
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
        return {
            "weights": copy_tensors(self._controller.state_dict()),
            "moments": copy_tensors(moments_of(self._adam, self._controller)),
            "average": self._average,
        }

    def load_state_dict(self, state: State) -> None:
        """Go on from a state.

        Raises:
            InputError: tensors do not fit.
        """
        weights: dict[str, Tensor] = state["weights"]
        moments: dict[str, Tensor] = state["moments"]
        check_tensors(weights, dict(self._controller.named_parameters()))
        check_moments(moments, self._controller)
        self._controller.load_state_dict(weights)
        self._average = state["average"]
        restore_moments(self._adam, self._controller, moments)
