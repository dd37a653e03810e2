"""What might be evaluated next, and who comes up with it: the candidates of a predictor."""

import random
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol, cast

from renas_controller.distribution import Policy
from renas_controller.population import Individual
from renas_controller.prediction.predictor import Prediction
from renas_controller.state import Stateful, Stateless
from renas_space import Mutation, Space
from renas_space.interface import G

CANDIDATES = 100
"""How many random mutations are looked at before each evaluation (White et al. 2021)."""

Expect = Callable[[Sequence[G]], Prediction]
"""What is expected of genotypes."""


class Candidate(NamedTuple, Generic[G]):
    """What might be evaluated next."""

    genotype: G
    root: Individual[G]
    """Who was told, and whom mutations lead from."""
    improvement: float
    """What is expected of it."""


def candidates_of(
    genotypes: Sequence[G], roots: Sequence[Individual[G]], prediction: Prediction
) -> list[Candidate[G]]:
    """Return genotypes with their roots and what is expected of them."""
    improvement = cast("list[float]", prediction.improvement.tolist())  # pyright: ignore[reportUnknownMemberType]
    return [Candidate(*each) for each in zip(genotypes, roots, improvement, strict=True)]


class Candidates(NamedTuple, Generic[G]):
    """What a source has come up with."""

    found: Sequence[Candidate[G]]
    entropy: float | None = None
    """Of the policy that drew them, in nats, where there is one."""


class CandidateSource(Stateful, Protocol[G]):
    """Makes candidates from the best that have been told."""

    @property
    def policy(self) -> Policy[G] | None:
        """What it would do to given parents; None where it does not learn."""
        ...

    def candidates(
        self, best: Sequence[Individual[G]], expect: Expect[G], rng: random.Random
    ) -> Candidates[G]:
        """Return candidates; some may be known already.

        Args:
            best: At least one individual, the fittest first.
            expect: The predictor.
            rng: Where randomness comes from.
        """
        ...


class RandomMutations(Stateless, Generic[G]):
    """Draws candidates that differ from one of the best in one slot.

    It implements `CandidateSource`.
    """

    policy = None
    """Nothing is learned."""
    no_state = "random mutations have no state"

    def __init__(self, space: Space[G]) -> None:
        """Mutate genotypes of this space."""
        self._space = space
        self._slots = [
            (block, position, slot.values)
            for block, layout in enumerate(space.layout)
            for position, slot in enumerate(layout.slots)
            if len(slot.values) > 1
        ]

    def candidates(
        self, best: Sequence[Individual[G]], expect: Expect[G], rng: random.Random
    ) -> Candidates[G]:
        """Return children of the best; none where no slot has a choice."""
        if not self._slots:
            return Candidates(())
        roots = [rng.choice(best) for _ in range(CANDIDATES)]
        children = [self.child(root.genotype, rng) for root in roots]
        return Candidates(candidates_of(children, roots, expect(children)))

    def child(self, genotype: G, rng: random.Random) -> G:
        """Return a genotype that differs in one slot; the same where no slot has a choice."""
        if not self._slots:
            return genotype
        block, position, values = rng.choice(self._slots)
        present = self._space.slot_tokens(genotype)[block][position]
        value = rng.choice([value for value in values if value != present])
        return self._space.mutate(genotype, (Mutation(block, position, value),))
