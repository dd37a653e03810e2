"""All trials of a comparison, in a file that is taken up, and what is written of them."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from renas_apps.comparison.benchmark import Benchmark
from renas_apps.comparison.contestants import Contestant, settings_digest
from renas_apps.comparison.effort import Effort
from renas_apps.comparison.tables import counted
from renas_apps.comparison.trials_file import TrialsFile
from renas_apps.comparison.workers import MakeBenchmark, make_trials
from renas_apps.lock import locked
from renas_apps.run_directory import made_or_refused
from renas_space import InputError

STANDARD = "renas-plus"
"""Whom others are compared with unless it is said: the default strategy of a search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What is to be compared."""

    make: MakeBenchmark
    """Opens the benchmark; it goes to other processes, so it must be picklable."""
    contestants: tuple[Contestant, ...]
    """Of different names, in the order of the figures' legends."""
    seeds: range
    """Of the trials of each."""
    evaluations: int
    """Of a trial."""
    directory: Path
    """Of all that is written."""
    against: str | None = None
    """Whom the others are compared with. It is named before there are results: the first of a table
    had luck, too, which would flatter it. None means `STANDARD`, or the first of the contestants
    where it is not among them."""

    def run(
        self, workers: int, progress: Callable[[str, int, int], None] = lambda *_: None
    ) -> list[Effort]:
        """Make the trials that are missing, then write tables and figures.

        Args:
            workers: processes.
            progress: is told after each trial whose it is, how many there are, and how many there
                will be.

        Returns:
            The effort of each contestant.

        Raises:
            InputError: the directory has another comparison, or another process writes to it.
            RunError: a process was killed.
            OSError: a file cannot be written.
        """
        benchmark = self.make()
        with made_or_refused(self.directory, "--out"):
            self.directory.mkdir(parents=True, exist_ok=True)
        with locked(self.directory):
            file = TrialsFile(
                self.directory / "trials.jsonl",
                benchmark=benchmark.name,
                digest=benchmark.digest,
                evaluations=self.evaluations,
            )
            self._check_settings(benchmark, file)
            missing = [
                (contestant, seed)
                for contestant in self.contestants
                for seed in self.seeds
                if not file.has(contestant.name, seed)
            ]
            every = len(self.contestants) * len(self.seeds)
            made = make_trials(benchmark, self.make, missing, self.evaluations, workers)
            with closing(made) as trials:
                for number, trial in enumerate(trials, start=1):
                    file.append(trial)
                    progress(trial.contestant, every - len(missing) + number, every)
            return self._write(benchmark, file)

    def _check_settings(self, benchmark: Benchmark[Any], file: TrialsFile) -> None:
        """Check that trials that were made before are of the contestants as they are now."""
        for contestant in self.contestants:
            name = contestant.name
            made = {one.settings for one in file.trials if one.contestant == name}
            if made and made != {settings_digest(contestant.make(benchmark.space, seed=0))}:
                raise InputError(
                    f"{self.directory} has trials of {name} with other settings than it has now: "
                    "give another --out"
                )

    def _write(self, benchmark: Benchmark[Any], file: TrialsFile) -> list[Effort]:
        """Write tables and figures of the trials that were asked for."""
        # It draws: matplotlib takes seconds, for which those who make trials need not wait.
        from renas_apps.comparison.report import write_report

        names = [contestant.name for contestant in self.contestants]
        by = {
            name: sorted(
                (one for one in file.trials if one.contestant == name and one.seed in self.seeds),
                key=lambda one: one.seed,
            )
            for name in names
        }
        efforts = [Effort.of(trials, benchmark.target) for trials in by.values()]
        seeds = counted(len(self.seeds), "seed")
        numbers = f"{self.seeds[0]} to {self.seeds[-1]}" if len(self.seeds) > 1 else self.seeds[0]
        each = counted(self.evaluations, "evaluation")
        title = f"{benchmark.name}: {seeds} ({numbers}) of {each}"
        standard = STANDARD if STANDARD in by else names[0]
        write_report(title, benchmark, by, efforts, self.against or standard, self.directory)
        return efforts
