"""What every strategy saves of itself, and how it is read again."""

import random
from collections.abc import Sequence
from typing import Any, Generic, NamedTuple

from renas_controller.population import Individual
from renas_controller.state import (
    State,
    check_settings,
    random_state,
    reading_state,
    restored_random,
)
from renas_controller.strategies.book import Book
from renas_controller.strategies.records import Records
from renas_space.interface import G


class Saved(NamedTuple, Generic[G]):
    """Where a strategy stands."""

    rng: random.Random
    """Where its randomness comes from."""
    initial: Sequence[G]
    """Genotypes to start with that are still to be asked."""
    population: Sequence[Individual[G]]
    """In the strategy's own order."""
    book: Book[G]

    def state(self, settings: State, records: Records[G]) -> State:
        """Return where it stands as JSON values, under the settings that a state must share."""
        return {
            "settings": dict(settings),
            "rng": random_state(self.rng),
            "initial": [records.genotype(genotype) for genotype in self.initial],
            "population": [records.individual(each) for each in self.population],
            "book": self.book.state_dict(),
        }


def restored(state: State, settings: State, records: Records[G], book: Book[G]) -> Saved[G]:
    """Read where a strategy stood.

    Args:
        state: What `Saved.state` returned, and perhaps more.
        settings: Of the strategy that is to go on from it.
        records: Of its space.
        book: Of its space; it is left as it is.

    Raises:
        InputError: the settings are others, or the state is damaged.
    """
    with reading_state():
        saved_settings = dict(state["settings"])
    check_settings(saved_settings, settings)
    with reading_state():
        read: list[Any] = state["population"]
        return Saved(
            rng=restored_random(state["rng"]),
            initial=[records.read_genotype(tokens) for tokens in state["initial"]],
            population=[records.read_individual(each) for each in read],
            book=book.restored(state["book"]),
        )
