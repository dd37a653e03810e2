"""Who watches a search: what it is told, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from renas_apps.config import SearchConfig
from renas_apps.journal_rows import Evaluation, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A search begins, or goes on."""

    config: SearchConfig
    """Its settings."""
    directory: Path
    """Of the run."""
    evaluations: Sequence[Evaluation]
    """What the journal has already; empty unless the run is resumed."""
    elapsed: float
    """Seconds that it has run for already."""
    data: str
    """One line about the data, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An individual is done, whether it was told or not."""

    evaluation: Evaluation
    """Its row in the journal."""
    counted: int
    """Evaluations so far, of ``config.evaluations``: replayed duplicates do not count."""
    population: Sequence[float]
    """Fitness of everyone in the population now."""
    best: Evaluation | None
    """The fittest individual so far."""
    elapsed: float
    """Seconds that the search has run for, over all its parts."""


class Observer(Protocol):
    """Watches a search; it must not change anything in it."""

    def started(self, event: Started) -> None:
        """Take notice that the search begins, or goes on."""
        ...

    def stepped(self, event: Step) -> None:
        """Take notice of an individual that is done."""
        ...

    def retrained(self, final: Final, done: int, total: int) -> None:
        """Take notice of a member of the final population that was retrained from scratch."""
        ...

    def noted(self, message: str) -> None:
        """Take notice of a warning or another word for people."""
        ...

    def finished(self, directory: Path) -> None:
        """Take notice that all is done; the journal and best.json are complete."""
        ...

    def closed(self) -> None:
        """Let go of everything: the search ends, for whatever reason. Comes once, last."""
        ...
