"""When a search gives up: so many individuals in a row that could not be trained, or need not be.

Counted from the rows of the journal, so that a search that is killed and resumed gives up at the
same individual as one that is left alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from renas_apps.errors import RunError
from renas_apps.journal_rows import Evaluation
from renas_space import InputError

MOST_UNTRAINED = 1000
"""So many proposals in a row that need no training mean that there is nothing left to find."""

MOST_FAILURES = 20
"""So many failures in a row mean that it is not the cells' fault."""


@dataclass(slots=True)
class Streaks:
    """How many times in a row something happened."""

    rejected: int = 0
    """Beyond a limit, since the last training."""
    replayed: int = 0
    """Known already, since the last training."""
    failures: int = 0
    """Trainings that went wrong, since the last that went well."""
    any_told: bool = False
    """Whether any individual has a fitness."""
    smallest: tuple[int, int] | None = None
    """Parameters and multiply-adds of the smallest of ``rejected``."""

    @classmethod
    def of(cls, rows: Iterable[Evaluation]) -> Self:
        """Return how things stand after the rows of a journal."""
        streaks = cls()
        for row in rows:
            streaks.follow(row)
        return streaks

    @property
    def untrained(self) -> int:
        """How many came since the last training."""
        return self.rejected + self.replayed

    @property
    def nothing_new(self) -> bool:
        """Whether there is nothing left to train."""
        return self.untrained >= MOST_UNTRAINED

    def follow(self, row: Evaluation) -> None:
        """Take in the next row of the journal."""
        size = (row.parameters, row.multiply_adds)
        match row.state:
            case "rejected":
                self.rejected += 1
                self.smallest = size if self.smallest is None else min(self.smallest, size)
            case "replayed":
                self.replayed += 1
            case "failed":
                self.rejected, self.replayed, self.smallest = 0, 0, None
                self.failures += 1
            case "told":
                self.rejected, self.replayed, self.smallest = 0, 0, None
                self.failures = 0
                self.any_told = True

    def check_failures(self, row: Evaluation) -> None:
        """Give up where nothing can be trained. A search that is resumed then tries as often again.

        Raises:
            RunError: one training after another failed, up to this row.
        """
        if row.state == "failed" and self.failures % MOST_FAILURES == 0:
            raise RunError(
                f"{self.failures} individuals failed in a row, the last with {row.reason!r}: "
                "start another run with a lower --lr-new or --batch-size"
            )

    def check_limits(self) -> None:
        """Give up where no cell was small enough, from the first on.

        Raises:
            InputError: one cell after another was beyond the limits.
        """
        if self.any_told:
            return
        if self.smallest is not None and self.rejected >= MOST_UNTRAINED:
            parameters, multiply_adds = self.smallest
            raise InputError(
                f"none of {self.rejected} cells in a row was within the limits, and the smallest "
                f"has {parameters:,} parameters and {multiply_adds:,} multiply-adds: "
                "raise --max-params or --max-madds, or lower --filters or --cells, in another "
                "--run-dir"
            )
