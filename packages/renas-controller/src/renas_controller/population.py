"""Individuals, the population, and who may have a child (Algorithm 1)."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple

from renas_space.interface import G


@dataclass(frozen=True, slots=True, kw_only=True)
class Individual(Generic[G]):
    """A genotype that has been evaluated."""

    id: int
    """That of its proposal."""
    genotype: G
    """Whose weights its children inherit: for an individual that replays another one, the
    genotype of that one, which computes the same function with its blocks in another order."""
    fitness: float
    """0 to 1."""
    parent_id: int | None
    """None for those of the initial population."""
    weights_id: int
    """Whose weights it has: its own id, or that of the individual it replays."""


class Tournament(NamedTuple, Generic[G]):
    """Who was drawn to have a child, and who to leave."""

    parent: Individual[G]
    leaver: Individual[G]


def tournament(
    population: Sequence[Individual[G]], sample_size: int, rng: random.Random
) -> Tournament[G]:
    """Sample individuals; the best is the parent, the worst leaves (Algorithm 1).

    Nobody is drawn twice (our choice, as the paper does not say; the code of Real et al. 2019 draws
    with replacement, which in NAS-Bench-201 is no faster on average, but is stuck less often).
    Among equals the youngest is the best and the oldest the worst, so that the two differ whenever
    the sample has two.

    Args:
        population: One individual or more.
        sample_size: S; all take part where there are fewer.
        rng: Where the randomness comes from.
    """
    sample = rng.sample(population, min(sample_size, len(population)))
    ranked = sorted(sample, key=rank)
    return Tournament(parent=ranked[-1], leaver=ranked[0])


def rank(individual: Individual[G]) -> tuple[float, int]:
    """Return what individuals are ordered by: fitness, then youth."""
    return individual.fitness, individual.id


class Population(Generic[G]):
    """The individuals alive, the longest there first."""

    def __init__(self, members: Iterable[Individual[G]] = ()) -> None:
        """Start with these members."""
        self._members = {member.id: member for member in members}

    def __len__(self) -> int:
        return len(self._members)

    @property
    def members(self) -> tuple[Individual[G], ...]:
        """The individuals alive, the longest there first."""
        return tuple(self._members.values())

    def get(self, individual_id: int) -> Individual[G] | None:
        """Return the member of this id, if it is alive."""
        return self._members.get(individual_id)

    def push(self, individual: Individual[G]) -> None:
        """Let an individual in."""
        self._members[individual.id] = individual

    def remove(self, individual_id: int) -> None:
        """Let the member of this id go.

        Raises:
            KeyError: there is none.
        """
        del self._members[individual_id]
