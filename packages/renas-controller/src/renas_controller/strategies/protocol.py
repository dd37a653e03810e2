"""What every strategy can do."""

from typing import Protocol

from renas_controller.distribution import Policy
from renas_controller.population import Individual
from renas_controller.proposal import Proposal
from renas_controller.state import State
from renas_space.interface import G


class Strategy(Protocol[G]):
    """Asks for evaluations, one proposal at a time, and learns from their fitness.

    Several proposals may be out at once, and are told in any order. The same seed and the same
    order of calls give the same proposals. Threads may share a strategy: it serves one at a time.
    """

    def ask(self) -> Proposal[G]:
        """Return what to evaluate next."""
        ...

    def tell(self, proposal: Proposal[G], fitness: float) -> None:
        """Take in the fitness of a proposal, 0 to 1.

        Raises:
            InputError: the proposal is not pending, or the fitness no number from 0 to 1, or not
                the known one of a proposal that replays another.
        """
        ...

    def fail(self, proposal: Proposal[G], reason: str) -> None:
        """Take a proposal back whose evaluation failed: nothing is learned, nobody leaves.

        Raises:
            InputError: the proposal is not pending.
        """
        ...

    def state_dict(self) -> State:
        """Return all that decides the future, as JSON values and tensors, copied."""
        ...

    def load_state_dict(self, state: State) -> None:
        """Go on from a state as the strategy would have that gave it.

        Raises:
            InputError: it is the state of another strategy, space or settings, or damaged; this
                strategy is then as it was.
        """
        ...

    @property
    def population(self) -> tuple[Individual[G], ...]:
        """The individuals alive."""
        ...

    @property
    def policy(self) -> Policy[G] | None:
        """What it would now do to given parents, for those who want to know what it has learned.

        None for a strategy that does not mutate, or does not learn how to.
        """
        ...

    @property
    def pending(self) -> tuple[Proposal[G], ...]:
        """The proposals that are out, oldest first."""
        ...

    @property
    def best(self) -> Individual[G] | None:
        """The fittest individual ever told, the first of equals; None before the first."""
        ...

    @property
    def needed_weights(self) -> frozenset[int]:
        """The weights ids that a future child, or the caller, may still need.

        They are those of the population, of the parents of pending proposals and of the best;
        where duplicates are replayed, of every evaluated individual, since any may be replayed, and
        of local search too, since a climb may lead back to any. Those that a caller has trained for
        a pending proposal are not among them: keep them until it is told.
        """
        ...

    def individual(self, individual_id: int) -> Individual[G]:
        """Return one of the population, a parent of a proposal, pending or to come, or the best.

        Raises:
            KeyError: there is none of this id.
        """
        ...
