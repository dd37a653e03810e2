"""Evolution by tournament, its mutations made by a controller or by chance (Algorithm 1)."""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Generic, Literal

from renas_controller.distribution import Policy
from renas_controller.isolation import isolated
from renas_controller.population import Individual, Population, tournament
from renas_controller.proposal import Proposal
from renas_controller.state import State, reading_state
from renas_controller.strategies.book import Book, Pending
from renas_controller.strategies.mutators import Mutator
from renas_controller.strategies.records import Records
from renas_controller.strategies.saved import Saved, restored
from renas_space import InputError, Space
from renas_space.interface import G

LeaverName = Literal["worst", "oldest"]
"""Who leaves the population when a child comes in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvolutionSettings:
    """How a population evolves."""

    population_size: int = 20
    """P (5.1)."""
    sample_size: int = 5
    """S, how many take part in a tournament (our choice; the paper does not say)."""
    mutations: int | None = None
    """How many blocks of a child mutate, drawn uniformly; None means each one (4.2)."""
    leaver: LeaverName = "worst"
    """Who leaves: the ``worst`` of the tournament (Alg. 1), or the ``oldest`` of the population, as
    in regularized evolution (Real et al. 2019)."""
    replay: bool = False
    """Whether a proposal that is isomorphic to an evaluated individual carries its fitness."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: a size makes no sense.
        """
        if self.population_size < 2:
            raise InputError(f"population_size is {self.population_size}: give 2 or more")
        if not 2 <= self.sample_size <= self.population_size:
            raise InputError(
                f"sample_size is {self.sample_size} of a population of {self.population_size}: "
                f"give 2 to {self.population_size}"
            )


class EvolutionStrategy(Generic[G]):
    """Algorithm 1, asynchronous. It implements `Strategy`.

    First come random cells, until as many as the population holds are told or out. Then `ask`
    draws a sample, whose best becomes the parent and whose worst is to leave; at `tell` it leaves
    (if it is gone already, the worst of a fresh sample does) and the child comes in. Asked while
    random cells are still out, it takes the parent from those that have been told.
    """

    def __init__(
        self,
        name: str,
        space: Space[G],
        settings: EvolutionSettings,
        mutator: Mutator[G],
        *,
        rng: random.Random,
        initial: Sequence[G] = (),
        fixed: State | None = None,
    ) -> None:
        """Start with an empty population.

        Args:
            name: Of the strategy, for its states.
            space: What is searched.
            settings: How it evolves.
            mutator: Who makes the mutations.
            rng: Draws random cells, tournaments and mutating blocks.
            initial: Genotypes to start with, before random ones.
            fixed: Further settings that a state must share to be loaded (JSON values).

        Raises:
            InputError: there are more mutations than blocks, or more initial genotypes than the
                population holds, or one is not of this space.
        """
        blocks = len(space.layout)
        if settings.mutations is not None and not 1 <= settings.mutations <= blocks:
            raise InputError(f"mutations is {settings.mutations}: give 1 to {blocks}, or None")
        if len(initial) > settings.population_size:
            raise InputError(
                f"there are {len(initial)} initial genotypes for a population of "
                f"{settings.population_size}: give fewer, or enlarge the population"
            )
        self._space = space
        self._settings = settings
        self._mutator = mutator
        self._rng = rng
        self._records = Records(space)
        self._initial = self._records.checked(initial)
        self._population = Population[G]()
        self._book = Book(space, replay=settings.replay)
        self._fixed: State = {
            "strategy": name,
            "space": self._records.space_digest(),
            **asdict(settings),
            **(fixed or {}),
        }

    @isolated
    def ask(self) -> Proposal[G]:
        """Return a random cell, or the mutated child of a tournament's winner."""
        members = self._population.members
        founders = sum(pending.parent is None for pending in self._book.pending)
        # A told child takes the place of its leaver, so only founders make the population grow.
        if len(members) + founders < self._settings.population_size or not members:
            return self._book.issue(self._founder())
        parent, leaver = tournament(members, self._settings.sample_size, self._rng)  # Alg. 1
        if self._settings.leaver == "oldest":
            leaver = members[0]
        draw = self._mutator.draw(parent.genotype, self._mutating_blocks())
        child = self._space.mutate(parent.genotype, draw.mutations)
        return self._book.issue(child, parent=parent, leaver=leaver, draw=draw)

    @isolated
    def tell(self, proposal: Proposal[G], fitness: float) -> None:
        """Let the individual into the population, the leaver out, and the mutator learn.

        Raises:
            InputError: as `Strategy.tell`.
        """
        pending, individual = self._book.settle(proposal, fitness)
        self._make_room(pending)
        self._population.push(individual)
        if pending.parent is not None:
            self._mutator.learn(pending.parent, pending.proposal.mutations, individual.fitness)

    @isolated
    def fail(self, proposal: Proposal[G], reason: str) -> None:
        """Forget the proposal; nobody leaves.

        Raises:
            InputError: it is not pending.
        """
        self._book.withdraw(proposal, reason)

    def _founder(self) -> G:
        """Return a genotype of the initial population."""
        return self._initial.pop(0) if self._initial else self._space.sample(self._rng)

    def _mutating_blocks(self) -> list[int]:
        """Return which blocks of the next child mutate, in order."""
        blocks = range(len(self._space.layout))
        if self._settings.mutations is None:
            return list(blocks)
        return sorted(self._rng.sample(blocks, self._settings.mutations))

    def _make_room(self, pending: Pending[G]) -> None:
        """Let the leaver go, unless the population still grows."""
        full = len(self._population) >= self._settings.population_size
        if pending.parent is None and not full:
            return
        leaver_id = pending.proposal.leaver_id
        if leaver_id is None or self._population.get(leaver_id) is None:  # gone already
            members, size = self._population.members, self._settings.sample_size
            worst = tournament(members, size, self._rng).leaver
            leaver_id = (worst if self._settings.leaver == "worst" else members[0]).id
        self._population.remove(leaver_id)

    @property
    def population(self) -> tuple[Individual[G], ...]:
        """The individuals alive, the longest there first."""
        return self._population.members

    @property
    def policy(self) -> Policy[G] | None:
        """The mutator's."""
        return self._mutator.policy

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
        return self._book.needed_weights.union(each.weights_id for each in self.population)

    def individual(self, individual_id: int) -> Individual[G]:
        """Return one of the population, a parent of a pending proposal, or the best.

        Raises:
            KeyError: there is none of this id.
        """
        found = self._population.get(individual_id) or self._book.individual(individual_id)
        if found is None:
            raise KeyError(individual_id)
        return found

    @isolated
    def state_dict(self) -> State:
        """Return all that decides the future, as JSON values and tensors, copied."""
        saved = Saved(self._rng, self._initial, self.population, self._book)
        return {
            **saved.state(self._fixed, self._records),
            "mutator": self._mutator.state_dict(),
        }

    @isolated
    def load_state_dict(self, state: State) -> None:
        """Go on from a state.

        Raises:
            InputError: as `Strategy.load_state_dict`.
        """
        saved = restored(state, self._fixed, self._records, self._book)
        with reading_state():
            population = Population(saved.population)
            if not saved.population and any(each.parent for each in saved.book.pending):
                raise ValueError("a child is out, but nobody lives")
            self._mutator.load_state_dict(state["mutator"])  # last: it changes at once
        self._rng, self._initial = saved.rng, list(saved.initial)
        self._population, self._book = population, saved.book
