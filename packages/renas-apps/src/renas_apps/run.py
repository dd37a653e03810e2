"""Read a run: its settings, evaluations, lineages and results, while it runs or later. No torch.

Example:
    >>> from renas_apps import Run
    >>> run = Run.open("runs/small")
    >>> run.best.fitness
    >>> [ancestor.fitness for ancestor in run.lineage(run.best.id)]
    >>> run.frame().groupby("kind").fitness.mean()
"""

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from renas_apps.config import EVOLVING, SearchConfig
from renas_apps.journal import Journal
from renas_apps.journal_rows import Evaluation, Final
from renas_apps.run_directory import RunDirectory
from renas_apps.settings_file import with_settings
from renas_space import InputError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run's journal holds, read once."""

    directory: RunDirectory
    """Where the run lies."""
    facts: dict[str, Any]
    """What is known of the whole: settings, versions, machine, digest of the data."""
    evaluations: tuple[Evaluation, ...]
    """Every individual, in the order in which they were done."""
    finals: tuple[Final, ...]
    """Every retraining, of earlier ends of the run too, by individual; see `retrained`."""
    population: tuple[int, ...]
    """Who is in the population now, by id."""

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Read the run in a directory.

        Raises:
            InputError: there is none, or it is damaged.
        """
        directory = RunDirectory(Path(path))
        with Journal.read(directory.journal) as journal:
            # The run may be going on: who is named in what is read first is in what is read last.
            finals, population = tuple(journal.finals()), tuple(journal.population())
            facts = journal.facts()
            elapsed = facts.get("elapsed", 0.0)
            if not (isinstance(facts.get("settings"), dict) and isinstance(elapsed, int | float)):
                raise InputError(
                    f"the journal {directory.journal} has lost its settings, or the time it took: "
                    "restore it"
                )
            return cls(
                directory=directory,
                facts=facts,
                evaluations=tuple(journal.evaluations()),
                finals=finals,
                population=population,
            )

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the run, by the name of the flag with ``_``."""
        return self.facts["settings"]

    @property
    def config(self) -> SearchConfig:
        """The settings of the run, with the defaults of those that it left out.

        Raises:
            InputError: they are none that this version knows.
        """
        return with_settings(SearchConfig(), self.settings, self.directory.journal)

    @property
    def elapsed(self) -> float:
        """Seconds that the search took, over all its parts."""
        return float(self.facts.get("elapsed", 0.0))

    @property
    def inherits(self) -> bool:
        """Whether any child has taken over weights of its parent."""
        return any(row.inherited_share is not None for row in self.evaluations)

    @property
    def evolves(self) -> bool:
        """Whether children take the place of others by tournament; elsewhere the best stay."""
        return self.settings.get("strategy", SearchConfig.strategy) in EVOLVING

    @property
    def first_population(self) -> tuple[Evaluation, ...]:
        """The cells before any mutation: a full population, or few, or one to climb from."""
        rows = self.evaluations
        # By number, in which they were proposed: with several workers a child may be done first.
        first_child = min((row.id for row in rows if row.kind == "child"), default=math.inf)
        drawn = [row for row in rows if row.id < first_child and row.fitness is not None]
        return tuple(drawn[: self.settings["population"]])  # random search draws all its cells

    @property
    def last_population(self) -> tuple[Evaluation, ...]:
        """The individuals alive now."""
        alive = set(self.population)
        return tuple(row for row in self.evaluations if row.id in alive)

    @property
    def retrained(self) -> tuple[Final, ...]:
        """The retrainings that compare: of those alive now, with as many epochs as were asked for.

        A run that went on after its end has older ones too, of a population that is gone.
        """
        alive, epochs = set(self.population), self.settings["final_epochs"]
        return tuple(f for f in self.finals if f.id in alive and f.epochs == epochs)

    @property
    def best(self) -> Evaluation | None:
        """The cell in ``best.json``.

        It is the individual of the best retraining; before all alive are retrained, the fittest.
        """
        retrained = self.retrained
        scored = [final for final in retrained if final.accuracy is not None]
        if scored and len(retrained) == len(self.population):
            winner = max(scored, key=lambda final: (final.accuracy or 0.0, -final.id))
            return self.individual(winner.id)
        told = [row for row in self.evaluations if row.fitness is not None]
        return max(told, key=lambda row: (row.fitness or 0.0, -row.id), default=None)

    def individual(self, id: int) -> Evaluation:  # noqa: A002 (the name of the column)
        """Return one individual.

        Raises:
            InputError: there is none of this number.
        """
        for row in self.evaluations:
            if row.id == id:
                return row
        raise InputError(f"the run has no individual {id}: see renas-report export")

    def lineage(self, id: int) -> list[Evaluation]:  # noqa: A002 (the name of the column)
        """Return an individual and its ancestors, the eldest first.

        Raises:
            InputError: there is none of this number.
        """
        line = [self.individual(id)]
        while (parent := line[-1].parent_id) is not None:
            line.append(self.individual(parent))
        return line[::-1]

    def frame(self) -> "pd.DataFrame":
        """Return the evaluations as a pandas frame, a row for each, with ``inherited_share``.

        Raises:
            InputError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise InputError(
                "frames need pandas, which is not installed: pip install 'renas-apps[frames]'"
            ) from None
        names = [field.name for field in fields(Evaluation)]
        rows = [
            {name: getattr(row, name) for name in (*names, "inherited_share")}
            for row in self.evaluations
        ]
        return pd.DataFrame(rows, columns=[*names, "inherited_share"])
