"""What a strategy asks its caller to evaluate."""

from dataclasses import dataclass
from typing import Generic

from renas_space import Mutation
from renas_space.interface import G


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal(Generic[G]):
    """A genotype whose fitness a strategy wants to know."""

    id: int
    """Counts from 0 in the order of `ask`; its individual gets the same id."""
    genotype: G
    """What to evaluate."""
    parent_id: int | None = None
    """The individual it was mutated from, whose weights it may inherit; None if random."""
    leaver_id: int | None = None
    """The individual that leaves the population when this one is told."""
    mutations: tuple[Mutation, ...] = ()
    """What turned the parent into it; a mutation may be idle."""
    log_prob: float | None = None
    """Of the mutations under the policy, in nats; None where they are not one draw from a policy,
    as those of ``"renas-plus"``, which add up over generations."""
    entropy: float | None = None
    """Of the policy before it learns from this proposal, in nats; None without a policy. Of
    ``"renas"`` at the parent, in the blocks that mutate; of ``"renas-plus"`` at the best that have
    been told, on average, in all blocks; of ``"reinforcement"`` of the whole cell."""
    replays: int | None = None
    """The evaluated individual that it is isomorphic to; None if it is to be evaluated."""
    known_fitness: float | None = None
    """The fitness of that individual, which is what to tell."""
