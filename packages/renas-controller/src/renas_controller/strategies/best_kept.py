"""Strategies without an evolving population: somebody proposes, and the best are kept."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol

from renas_controller.distribution import Policy
from renas_controller.isolation import isolated
from renas_controller.population import Individual
from renas_controller.proposal import Proposal
from renas_controller.state import State, Stateful, reading_state
from renas_controller.strategies.book import Book, Draw
from renas_controller.strategies.records import Records
from renas_controller.strategies.saved import Saved, restored
from renas_space import InputError, Space
from renas_space.interface import G


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea(Generic[G]):
    """What a proposer wants to have evaluated."""

    genotype: G
    """To evaluate."""
    parent: Individual[G] | None = None
    """Whom it was made from, if from one."""
    draw: Draw | None = None
    """The mutations that made it, and what the policy says of them."""


class Proposer(Stateful, Protocol[G]):
    """Has ideas, and may learn from what became of them. Several may be out at once."""

    @property
    def policy(self) -> Policy[G] | None:
        """What it would do to given parents; None where it does not mutate or does not learn."""
        ...

    @property
    def parents(self) -> tuple[Individual[G], ...]:
        """Whom a later idea may be made from."""
        ...

    def propose(self, rng: random.Random) -> Idea[G]:
        """Return the next idea."""
        ...

    def hear(self, genotype: G) -> None:
        """Hear that a genotype is out: the last idea's, or an initial one."""
        ...

    def learn(self, individual: Individual[G], proposed: G) -> None:
        """Take in an individual that has been told; also those that others proposed.

        Args:
            individual: what was told. Of a replay it has the genotype that was evaluated.
            proposed: the genotype as it was proposed, isomorphic to the individual's.
        """
        ...

    def forget(self, genotype: G) -> None:
        """Hear that an idea could not be evaluated."""
        ...


class BestKeptStrategy(Generic[G]):
    """Evaluates what a proposer proposes, and keeps the best. It implements `Strategy`.

    Its population is the best that have been told, so that it can be compared with others'.
    """

    def __init__(
        self,
        name: str,
        space: Space[G],
        proposer: Proposer[G],
        *,
        population_size: int,
        replay: bool,
        rng: random.Random,
        initial: Sequence[G] = (),
        fixed: State | None = None,
    ) -> None:
        """Start with nothing told.

        Args:
            name: Of the strategy, for its states.
            space: What is searched.
            proposer: Who proposes.
            population_size: How many of the best are kept.
            replay: Whether a proposal that is isomorphic to an evaluated individual carries its
                fitness.
            rng: Where the randomness comes from.
            initial: Genotypes to start with, before the proposer's.
            fixed: Further settings that a state must share to be loaded (JSON values).

        Raises:
            InputError: the population has no place, or an initial genotype is not of this space.
        """
        if population_size < 1:
            raise InputError(f"population_size is {population_size}: give 1 or more")
        self._rng = rng
        self._proposer = proposer
        self._records = Records(space)
        self._initial = self._records.checked(initial)
        self._population: list[Individual[G]] = []
        self._population_size = population_size
        self._book = Book(space, replay=replay)
        self._fixed: State = {
            "strategy": name,
            "space": self._records.space_digest(),
            "population_size": population_size,
            "replay": replay,
            **(fixed or {}),
        }

    @isolated
    def ask(self) -> Proposal[G]:
        """Return what the proposer wants to know, once the initial genotypes are out."""
        first = self._initial.pop(0) if self._initial else None
        idea = self._proposer.propose(self._rng) if first is None else Idea(genotype=first)
        self._proposer.hear(idea.genotype)
        return self._book.issue(idea.genotype, parent=idea.parent, draw=idea.draw)

    @isolated
    def tell(self, proposal: Proposal[G], fitness: float) -> None:
        """Keep the individual if it is among the best, and let the proposer learn.

        Raises:
            InputError: as `Strategy.tell`.
        """
        _, individual = self._book.settle(proposal, fitness)
        ranked = sorted((*self._population, individual), key=lambda each: (-each.fitness, each.id))
        self._population = ranked[: self._population_size]
        self._proposer.learn(individual, proposal.genotype)

    @isolated
    def fail(self, proposal: Proposal[G], reason: str) -> None:
        """Forget the proposal.

        Raises:
            InputError: it is not pending.
        """
        self._book.withdraw(proposal, reason)
        self._proposer.forget(proposal.genotype)

    @property
    def population(self) -> tuple[Individual[G], ...]:
        """The best individuals told, the fittest first."""
        return tuple(self._population)

    @property
    def policy(self) -> Policy[G] | None:
        """The proposer's."""
        return self._proposer.policy

    @property
    def pending(self) -> tuple[Proposal[G], ...]:
        """The proposals that are out, oldest first."""
        return tuple(pending.proposal for pending in self._book.pending)

    @property
    def best(self) -> Individual[G] | None:
        """The fittest individual ever told, the first of equals; None before the first."""
        return self._book.best

    @property
    def needed_weights(self) -> frozenset[int]:
        """See `Strategy.needed_weights`."""
        kept = (*self._population, *self._proposer.parents)
        return self._book.needed_weights.union(each.weights_id for each in kept)

    def individual(self, individual_id: int) -> Individual[G]:
        """Return one of the population, a parent of a proposal, pending or to come, or the best.

        Raises:
            KeyError: there is none of this id.
        """
        for individual in (*self._population, *self._proposer.parents):
            if individual.id == individual_id:
                return individual
        found = self._book.individual(individual_id)
        if found is None:
            raise KeyError(individual_id)
        return found

    @isolated
    def state_dict(self) -> State:
        """Return all that decides the future, as JSON values and tensors, copied."""
        saved = Saved(self._rng, self._initial, self._population, self._book)
        return {
            **saved.state(self._fixed, self._records),
            "proposer": self._proposer.state_dict(),
        }

    @isolated
    def load_state_dict(self, state: State) -> None:
        """Go on from a state.

        Raises:
            InputError: as `Strategy.load_state_dict`.
        """
        saved = restored(state, self._fixed, self._records, self._book)
        with reading_state():
            self._proposer.load_state_dict(state["proposer"])  # last: it changes at once
        self._rng, self._initial = saved.rng, list(saved.initial)
        self._population, self._book = list(saved.population), saved.book
