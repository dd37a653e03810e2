"""Random search: the rival that knows nothing (Fig. 4)."""

import random
from typing import Generic

from renas_controller.population import Individual
from renas_controller.state import Stateless
from renas_controller.strategies.best_kept import Idea
from renas_space import Space
from renas_space.interface import G


class RandomSearch(Stateless, Generic[G]):
    """Random search: every proposal is drawn anew (Fig. 4). It implements `Proposer`."""

    policy = None
    """Nothing is mutated."""
    no_state = "chance has no state"

    def __init__(self, space: Space[G]) -> None:
        """Propose cells of this space."""
        self._space = space

    @property
    def parents(self) -> tuple[Individual[G], ...]:
        """Nobody."""
        return ()

    def propose(self, rng: random.Random) -> Idea[G]:
        """Return a cell drawn uniformly."""
        return Idea(genotype=self._space.sample(rng))

    def hear(self, genotype: G) -> None:
        """Learn nothing: chance does not."""

    def learn(self, individual: Individual[G], proposed: G) -> None:
        """Learn nothing."""

    def forget(self, genotype: G) -> None:
        """Learn nothing."""
