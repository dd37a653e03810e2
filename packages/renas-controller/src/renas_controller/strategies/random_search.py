"""Random search: every proposal is drawn anew (Fig. 4)."""

import random
from collections.abc import Sequence
from typing import Generic

from renas_controller.population import Individual
from renas_controller.proposal import Proposal
from renas_controller.state import State
from renas_controller.strategies.book import Book
from renas_controller.strategies.records import Records
from renas_controller.strategies.saved import Saved, restored
from renas_space import InputError, Space
from renas_space.interface import G


class RandomStrategy(Generic[G]):
    """Uniform cells, without parents. It implements `Strategy`.

    Its population is the best that have been told, so that it can be compared with others'.
    """

    def __init__(
        self,
        space: Space[G],
        *,
        population_size: int,
        replay: bool,
        rng: random.Random,
        initial: Sequence[G] = (),
    ) -> None:
        """Start with nothing told.

        Args:
            space: What is searched.
            population_size: How many of the best are kept.
            replay: Whether a proposal that is isomorphic to an evaluated individual carries its
                fitness.
            rng: Where the randomness comes from.
            initial: Genotypes to start with, before random ones.

        Raises:
            InputError: the population has no place, or an initial genotype is not of this space.
        """
        if population_size < 1:
            raise InputError(f"population_size is {population_size}: give 1 or more")
        self._space = space
        self._rng = rng
        self._records = Records(space)
        self._initial = self._records.checked(initial)
        self._population: list[Individual[G]] = []
        self._population_size = population_size
        self._book = Book(space, replay=replay)
        self._fixed: State = {
            "strategy": "random",
            "space": self._records.space_digest(),
            "population_size": population_size,
            "replay": replay,
        }

    def ask(self) -> Proposal[G]:
        """Return a cell drawn uniformly from the space."""
        genotype = self._initial.pop(0) if self._initial else self._space.sample(self._rng)
        return self._book.issue(genotype)

    def tell(self, proposal: Proposal[G], fitness: float) -> None:
        """Keep the individual if it is among the best.

        Raises:
            InputError: as `Strategy.tell`.
        """
        _, individual = self._book.settle(proposal, fitness)
        ranked = sorted((*self._population, individual), key=lambda each: (-each.fitness, each.id))
        self._population = ranked[: self._population_size]

    def fail(self, proposal: Proposal[G], reason: str) -> None:
        """Forget the proposal.

        Raises:
            InputError: it is not pending.
        """
        self._book.withdraw(proposal, reason)

    @property
    def population(self) -> tuple[Individual[G], ...]:
        """The best individuals told, the fittest first."""
        return tuple(self._population)

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
        return self._book.needed_weights.union(each.weights_id for each in self._population)

    def individual(self, individual_id: int) -> Individual[G]:
        """Return one of the population, or the best.

        Raises:
            KeyError: there is none of this id.
        """
        for individual in self._population:
            if individual.id == individual_id:
                return individual
        found = self._book.individual(individual_id)
        if found is None:
            raise KeyError(individual_id)
        return found

    def state_dict(self) -> State:
        """Return all that decides the future, as JSON values."""
        saved = Saved(self._rng, self._initial, self._population, self._book)
        return saved.state(self._fixed, self._records)

    def load_state_dict(self, state: State) -> None:
        """Go on from a state.

        Raises:
            InputError: as `Strategy.load_state_dict`.
        """
        saved = restored(state, self._fixed, self._records, self._book)
        self._rng, self._initial = saved.rng, list(saved.initial)
        self._population, self._book = list(saved.population), saved.book
