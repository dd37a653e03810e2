"""Reinforced mutation in imagination: the controller learns from what a predictor expects.

The paper's controller learns from one child at a time, each of which costs a training (Algorithm 2
and section 4.3). Here it mutates the best that have been told, and its own children again, for a
few rounds; a predictor scores all of them at once, and each round is a step of policy gradient.
Only the child of which the most is expected is then trained. Learning a policy on a learned model
is the idea of Dyna (Sutton 1991).
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

import torch
from torch import Tensor

from renas_controller.adam import learned_state, load_learned_state
from renas_controller.controller import Controller
from renas_controller.distribution import MutationDistribution
from renas_controller.population import Individual
from renas_controller.settings import ControllerSettings
from renas_controller.state import State, reading_state, restored_generator
from renas_controller.strategies.candidates import Candidate, Candidates, Expect, candidates_of
from renas_space import InputError, Space
from renas_space.interface import G


@dataclass(frozen=True, slots=True, kw_only=True)
class ImaginationSettings:
    """How much is imagined between two trainings (our choices, tuned on both benchmarks)."""

    rounds: int = 2
    """Generations of imagined children."""
    parents: int = 3
    """Of a round."""
    children: int = 15
    """Of each parent in a round, mutated by the policy."""
    by_chance: int = 15
    """Further ones, mutated by chance: what the policy has given up is still looked at."""
    learning_rate: float = 3e-3
    """Of Adam."""
    entropy_weight: float = 0.1
    """Of the policy's entropy beside what is expected of its children, standardised; as a
    differentiable term."""
    learning: bool = True
    """Whether the policy learns; otherwise its mutations stay as good as uniform (ablation)."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: one is of no use.
        """
        for name in ("rounds", "parents", "children"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: give 1 or more")
        if self.by_chance < 0:
            raise InputError(f"by_chance is {self.by_chance}: give 0 or more")
        if not 0 < self.learning_rate < math.inf:
            raise InputError(f"learning_rate is {self.learning_rate}: give a number above 0")
        if not 0 <= self.entropy_weight < math.inf:
            raise InputError(f"entropy_weight is {self.entropy_weight}: give 0 or more")


IMAGINATION = ImaginationSettings()
"""The defaults."""


class Imagination(Generic[G]):
    """Makes candidates with a policy that it trains on the way. It implements `CandidateSource`.

    In a child a random number of blocks mutates, from one to as many as may: a policy that is not
    yet certain then still has children near their parents.
    """

    def __init__(
        self,
        space: Space[G],
        controller: ControllerSettings,
        settings: ImaginationSettings,
        *,
        mutations: int | None = None,
        generator: torch.Generator,
    ) -> None:
        """Start with a random policy.

        Args:
            space: Where the genotypes come from.
            controller: The size of its states.
            settings: How much is imagined.
            mutations: How many blocks of an imagined child mutate at most; None means all.
            generator: Draws the first weights, then the mutations.

        Raises:
            InputError: as `Controller`, or there are more mutations than blocks.
        """
        blocks = len(space.layout)
        if mutations is not None and not 1 <= mutations <= blocks:
            raise InputError(f"mutations is {mutations}: give 1 to {blocks}, or None")
        self._mutations = mutations or blocks
        self._space, self._settings, self._generator = space, settings, generator
        self._controller = Controller(space, controller, generator=generator)
        self._adam = torch.optim.Adam(
            self._controller.parameters(), settings.learning_rate, fused=True
        )

    def policy(self, genotypes: Sequence[G]) -> MutationDistribution:
        """Return what it would do to these parents, one or more, without a gradient.

        Raises:
            InputError: as `Controller.distribution`.
        """
        with torch.no_grad():
            return self._controller.distribution(genotypes)

    def candidates(
        self, best: Sequence[Individual[G]], expect: Expect[G], rng: random.Random
    ) -> Candidates[G]:
        """Return all that was imagined, and the policy's entropy at the best that were told."""
        settings = self._settings
        told = [Candidate(each.genotype, each, 0.0) for each in best[: settings.parents]]
        parents, found, first = told, dict[G, Candidate[G]](), None
        for _ in range(settings.rounds):
            children, entropy = self._round(parents, expect, rng)
            first = entropy if first is None else first
            found.update((child.genotype, child) for child in children)
            ahead = sorted(found.values(), key=lambda child: -child.improvement)
            # The best imagined ones have children too, beside the best of those that were told. In
            # a small space an imagined one may be known: its children are as good as any.
            imagined = ahead[: settings.parents // 2]
            parents = told[: settings.parents - len(imagined)] + imagined
        return Candidates(list(found.values()), first)

    def _round(
        self, parents: Sequence[Candidate[G]], expect: Expect[G], rng: random.Random
    ) -> tuple[list[Candidate[G]], float]:
        """Imagine children, learn from what is expected of them; return them and the entropy."""
        settings, each = self._settings, range(len(parents))
        mine = [row for row in each for _ in range(settings.children)]
        rows = mine + [row for row in each for _ in range(settings.by_chance)]
        mutating = [self._mutating(rng) for _ in rows]
        with torch.set_grad_enabled(settings.learning):
            of_parents = self._controller.distribution([parent.genotype for parent in parents])
            policy = of_parents.of(mine)  # Alg. 2, lines 1 to 8, once for each parent
            chance = of_parents.of(rows[len(mine) :]).by_chance()
            drawn = policy.sample(self._generator, mutating[: len(mine)])
            drawn += chance.sample(self._generator, mutating[len(mine) :])
            children = [
                self._space.mutate(parents[row].genotype, mutations)
                for row, mutations in zip(rows, drawn, strict=True)
            ]
            prediction = expect(children)
            if settings.learning:
                log_prob = policy.log_prob(drawn[: len(mine)])
                entropy = policy.entropy(mutating[: len(mine)])
                self._learn(log_prob, entropy, prediction.mean[: len(mine)])
        roots = [parents[row].root for row in rows]
        found = candidates_of(children, roots, prediction)
        return found, of_parents.entropy().mean().item()

    def _mutating(self, rng: random.Random) -> list[int]:
        """Draw which blocks of a child mutate."""
        blocks = range(len(self._space.layout))
        return sorted(rng.sample(blocks, rng.randint(1, self._mutations)))

    def _learn(self, log_prob: Tensor, entropy: Tensor, expected: Tensor) -> None:
        """Make promising mutations likelier: one step of REINFORCE over a batch of children (4.3).

        Args:
            log_prob: (n,) of each child's mutations.
            entropy: (n,) of the policy in the blocks that mutate.
            expected: (n,) what is expected of the child; its batch is the baseline.
        """
        spread = expected.std(correction=0)
        if spread == 0:
            return
        advantage = ((expected - expected.mean()) / spread).clamp(-3, 3).to(log_prob.dtype)
        loss = -(advantage * log_prob).mean() - self._settings.entropy_weight * entropy.mean()
        self._adam.zero_grad()
        loss.backward()  # pyright: ignore[reportUnknownMemberType]
        self._adam.step()  # pyright: ignore[reportUnknownMemberType]

    def state_dict(self) -> State:
        """Return the generator, the weights and Adam's moments, copied."""
        return {
            "generator": self._generator.get_state(),
            **learned_state(self._controller, self._adam),
        }

    def load_state_dict(self, state: State) -> None:
        """Go on from a state; nothing has changed if it does not fit.

        Raises:
            InputError: it does not.
        """
        with reading_state():
            generator = restored_generator(state["generator"])
            load_learned_state(self._controller, self._adam, state)  # last: it changes at once
        self._generator = generator
