"""What a person wants to know of a search while it runs: counted once, shown in several ways."""

from collections import deque
from dataclasses import dataclass, field
from statistics import fmean, pstdev

from renas_apps.journal import Evaluation
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
    mean: float = 0.0
    """Fitness of the population: its mean."""
    spread: float = 0.0
    """Its standard deviation."""
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
        self.elapsed = event.elapsed
        for row in event.evaluations:
            self._count(row)
        self.counted = sum(row.state == "told" for row in event.evaluations)
        scored = [row for row in event.evaluations if row.fitness is not None]
        self.best = max(scored, key=lambda row: row.fitness or 0.0, default=None)
        self._since = (self.counted, self.elapsed)

    def step(self, event: Step) -> None:
        """Take in an individual that is done."""
        self._count(event.evaluation)
        self.counted, self.elapsed, self.best = event.counted, event.elapsed, event.best
        if event.population:
            self.mean, self.spread = fmean(event.population), pstdev(event.population)

    @property
    def remaining(self) -> float | None:
        """Seconds that the rest will take, at the pace since this part began."""
        done, seconds = self.counted - self._since[0], self.elapsed - self._since[1]
        return seconds / done * (self.total - self.counted) if done > 0 else None

    def _count(self, row: Evaluation) -> None:
        """Count a row of the journal."""
        self.recent.append(row)
        self.failed += row.state == "failed"
        self.rejected += row.state == "rejected"
        self.replayed += row.state == "replayed"
        self.entropy = row.entropy if row.entropy is not None else self.entropy
        if row.inherited_share is not None:
            self.inherited = row.inherited_share
