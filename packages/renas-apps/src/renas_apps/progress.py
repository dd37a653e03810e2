"""What a person wants to know of a search while it runs: counted once, shown in several ways."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, pstdev

from renas_apps.curve import take_in
from renas_apps.journal_rows import Evaluation
from renas_apps.observer import Started, Step

RECENT = 8
"""How many of the last individuals are kept."""


@dataclass(slots=True)
class Progress:
    """The state of a search, brought up to date by its events."""

    total: int = 0
    """Evaluations that were asked for."""
    counted: int = 0
    """Evaluations so far."""
    elapsed: float = 0.0
    """Seconds, over all parts of the run."""
    limit: float | None = None
    """Seconds after which the search ends even so."""
    population: Sequence[float] = ()
    """Fitness of everyone in it; empty before the first is scored."""
    best: Evaluation | None = None
    entropy: float | None = None
    """Of the controller's last choice, in nats."""
    inherited: float | None = None
    """Share of its parameters that the last child inherited."""
    failed: int = 0
    rejected: int = 0
    replayed: int = 0
    recent: deque[Evaluation] = field(default_factory=lambda: deque(maxlen=RECENT))
    _since: tuple[int, float] = (0, 0.0)

    def start(self, event: Started) -> None:
        """Take over what the journal has already."""
        self.total = event.config.evaluations
        self.elapsed, self.limit = event.elapsed, event.config.seconds_limit
        alive: dict[int, float] = {}
        for row in event.evaluations:
            self._count(row)
            take_in(row, alive, size=event.config.population)
        self.population = tuple(alive.values())
        self.counted = sum(row.state == "told" for row in event.evaluations)
        scored = [row for row in event.evaluations if row.fitness is not None]
        self.best = max(scored, key=lambda row: row.fitness or 0.0, default=None)
        self._since = (self.counted, self.elapsed)

    def step(self, event: Step) -> None:
        """Take in an individual that is done."""
        self._count(event.evaluation)
        self.counted, self.elapsed, self.best = event.counted, event.elapsed, event.best
        self.population = event.population

    @property
    def mean(self) -> float:
        """Mean fitness of the population."""
        return fmean(self.population) if self.population else 0.0

    @property
    def spread(self) -> float:
        """Standard deviation of fitness in the population."""
        return pstdev(self.population) if self.population else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds that the rest will take, at the pace since this part began.

        None before this part has seen an evaluation; at most what is left of the time allowed.
        """
        done, seconds = self.counted - self._since[0], self.elapsed - self._since[1]
        if done <= 0:
            return None
        rest = seconds / done * (self.total - self.counted)
        return max(rest if self.limit is None else min(rest, self.limit - self.elapsed), 0.0)

    def _count(self, row: Evaluation) -> None:
        """Count a row of the journal."""
        self.recent.append(row)
        self.failed += row.state == "failed"
        self.rejected += row.state == "rejected"
        self.replayed += row.state == "replayed"
        self.entropy = row.entropy if row.entropy is not None else self.entropy
        if row.inherited_share is not None:
            self.inherited = row.inherited_share
