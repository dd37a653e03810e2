"""The book of a strategy: what is out, what has been evaluated, and which individual was best."""

import logging
from typing import Any, Generic, NamedTuple

from renas_controller.population import Individual
from renas_controller.proposal import Proposal
from renas_controller.state import State
from renas_controller.strategies.records import Records
from renas_space import InputError, Mutation, Space
from renas_space.interface import G

_log = logging.getLogger(__name__)


def _is_share(fitness: Any) -> bool:
    """Return whether this is a number from 0 to 1; an evaluator may return anything."""
    try:
        return bool(0.0 <= fitness <= 1.0)  # of NaN neither is true
    except (TypeError, ValueError):
        return False


class Draw(NamedTuple):
    """Mutations, and what the policy that drew them says of them."""

    mutations: tuple[Mutation, ...] = ()
    log_prob: float | None = None
    entropy: float | None = None


class Pending(NamedTuple, Generic[G]):
    """A proposal that is out, with whom it needs; they may leave the population meanwhile."""

    proposal: Proposal[G]
    parent: Individual[G] | None
    """Whose child it is."""
    original: Individual[G] | None
    """Whom it replays."""


class Book(Generic[G]):
    """Numbers proposals, knows those that are out, and recognises what has been evaluated."""

    def __init__(self, space: Space[G], *, replay: bool) -> None:
        """Start empty.

        Args:
            space: Whose `digest` says what is isomorphic.
            replay: Whether to recognise duplicates of what has been told.
        """
        self._space = space
        self._records = Records(space)
        self._replay = replay
        self._next_id = 0
        self._pending: dict[int, Pending[G]] = {}
        self._evaluated: dict[str, Individual[G]] = {}  # by digest; only filled for replays
        self.best: Individual[G] | None = None
        """The fittest individual ever told, the first of equals."""

    @property
    def pending(self) -> tuple[Pending[G], ...]:
        """What is out, oldest first."""
        return tuple(self._pending.values())

    def issue(
        self,
        genotype: G,
        *,
        parent: Individual[G] | None = None,
        leaver: Individual[G] | None = None,
        draw: Draw | None = None,
    ) -> Proposal[G]:
        """Write down a new proposal and return it."""
        draw = draw or Draw()
        original = self._evaluated.get(self._space.digest(genotype)) if self._replay else None
        proposal = Proposal(
            id=self._next_id,
            genotype=genotype,
            parent_id=parent.id if parent else None,
            leaver_id=leaver.id if leaver else None,
            mutations=draw.mutations,
            log_prob=draw.log_prob,
            entropy=draw.entropy,
            replays=original.id if original else None,
            known_fitness=original.fitness if original else None,
        )
        self._next_id += 1
        self._pending[proposal.id] = Pending(proposal, parent, original)
        return proposal

    def settle(self, proposal: Proposal[G], fitness: float) -> tuple[Pending[G], Individual[G]]:
        """Strike a proposal off that has its fitness; return it and its new individual.

        Raises:
            InputError: as `Strategy.tell`.
        """
        pending = self._checked(proposal)
        proposal, original = pending.proposal, pending.original  # as asked, whatever was handed in
        self._check_fitness(proposal, fitness)
        individual = Individual(
            id=proposal.id,
            genotype=original.genotype if original else proposal.genotype,
            fitness=float(fitness),
            parent_id=proposal.parent_id,
            weights_id=original.weights_id if original else proposal.id,
        )
        if self._replay:
            self._evaluated.setdefault(self._space.digest(proposal.genotype), individual)
        if self.best is None or individual.fitness > self.best.fitness:
            self.best = individual
        del self._pending[proposal.id]
        return pending, individual

    def withdraw(self, proposal: Proposal[G], reason: str) -> None:
        """Strike a proposal off that has no fitness.

        Raises:
            InputError: it is not pending.
        """
        del self._pending[self._checked(proposal).proposal.id]
        _log.info("proposal %d failed: %s", proposal.id, reason)

    def individual(self, individual_id: int) -> Individual[G] | None:
        """Return the best or a parent of a pending proposal, if one of them has this id."""
        parents = (pending.parent for pending in self._pending.values())
        for individual in (self.best, *parents):
            if individual is not None and individual.id == individual_id:
                return individual
        return None

    @property
    def needed_weights(self) -> frozenset[int]:
        """Weights ids of parents of pending proposals, of the best, and of what may be replayed."""
        parents = (pending.parent for pending in self._pending.values())
        individuals = (self.best, *parents, *self._evaluated.values())
        return frozenset(each.weights_id for each in individuals if each is not None)

    def _checked(self, proposal: Proposal[G]) -> Pending[G]:
        """Return what is pending under the proposal's id."""
        if not isinstance(proposal, Proposal):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InputError(f"{proposal!r} is no proposal: tell what this strategy has asked")
        if not 0 <= proposal.id < self._next_id:
            raise InputError(
                f"there is no proposal {proposal.id}: tell what this strategy has asked"
            )
        pending = self._pending.get(proposal.id)
        if pending is None:
            raise InputError(
                f"proposal {proposal.id} has been told or has failed already: tell each once"
            )
        if pending.proposal.genotype != proposal.genotype:
            raise InputError(
                f"proposal {proposal.id} has another genotype than the one that was asked: "
                "tell what this strategy has asked"
            )
        return pending

    def _check_fitness(self, proposal: Proposal[G], fitness: float) -> None:
        """Check a fitness that is told."""
        if not _is_share(fitness):
            raise InputError(
                f"the fitness of proposal {proposal.id} is {fitness!r}: "
                "give a number from 0 to 1, or call fail"
            )
        if proposal.known_fitness not in (None, fitness):
            raise InputError(
                f"the fitness of proposal {proposal.id} is {fitness!r}, but it replays "
                f"{proposal.replays}: tell its known_fitness {proposal.known_fitness!r}"
            )

    def state_dict(self) -> State:
        """Return the whole book."""
        write = self._records.individual
        return {
            "next_id": self._next_id,
            "pending": [
                {
                    "proposal": self._records.proposal(pending.proposal),
                    "parent": write(pending.parent) if pending.parent else None,
                    "original": write(pending.original) if pending.original else None,
                }
                for pending in self._pending.values()
            ],
            "evaluated": {digest: write(each) for digest, each in self._evaluated.items()},
            "best": write(self.best) if self.best else None,
        }

    def restored(self, state: State) -> "Book[G]":
        """Return a book of the same space with what a state says.

        Raises:
            ValueError: it contradicts itself.
        """
        read = self._records.read_individual
        book = Book(self._space, replay=self._replay)
        book._next_id = int(state["next_id"])
        for each in state["pending"]:
            proposal = self._records.read_proposal(each["proposal"])
            if not 0 <= proposal.id < book._next_id:
                raise ValueError(f"proposal {proposal.id} is out before the next, {book._next_id}")
            if proposal.known_fitness is not None and not _is_share(proposal.known_fitness):
                raise ValueError(f"a fitness is {proposal.known_fitness!r}")
            parent = None if each["parent"] is None else read(each["parent"])
            original = None if each["original"] is None else read(each["original"])
            book._pending[proposal.id] = Pending(proposal, parent, original)
        book._evaluated = {digest: read(each) for digest, each in state["evaluated"].items()}
        book.best = None if state["best"] is None else read(state["best"])
        return book
