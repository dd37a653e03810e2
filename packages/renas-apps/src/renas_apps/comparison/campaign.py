"""All trials of a comparison, over processes, and what is written of them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from renas_apps.comparison.benchmark import Benchmark
from renas_apps.comparison.contestants import CONTESTANTS
from renas_apps.comparison.effort import Effort
from renas_apps.comparison.report import write_report
from renas_apps.comparison.trial import Trial, run_trial
from renas_apps.comparison.trials_file import TrialsFile

AT_ONCE = 5
"""Seeds of a contestant that a process takes together."""

MakeBenchmark = Callable[[], Benchmark[Any]]
"""Opens the benchmark, in each process anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What is to be compared."""

    make: MakeBenchmark
    """Opens the benchmark; it goes to other processes, so it must be picklable."""
    contestants: tuple[str, ...]
    """Names, in the order of the figures' legends."""
    seeds: range
    """Of the trials of each."""
    evaluations: int
    """Of a trial."""
    directory: Path
    """Of all that is written."""

    def run(self, workers: int, progress: Callable[[str, int, int], None]) -> list[Effort]:
        """Make the trials that are missing, then write tables and figures.

        Args:
            workers: processes.
            progress: is told after some trials which contestant they are of, how many trials there
                are, and how many there will be.

        Returns:
            The effort of each contestant.

        Raises:
            InputError: the directory has another comparison.
            OSError: a file cannot be written.
        """
        benchmark = self.make()
        self.directory.mkdir(exist_ok=True)
        file = TrialsFile(
            self.directory / "trials.jsonl",
            benchmark=benchmark.name,
            digest=benchmark.digest,
            evaluations=self.evaluations,
        )
        missing = list(self._missing(file))
        every = len(self.contestants) * len(self.seeds)
        made = every - sum(len(seeds) for _, seeds in missing)
        for name, trials in self._trials(benchmark, missing, workers):
            file.append(trials)
            made += len(trials)
            progress(name, made, every)
        return self._write(benchmark, file)

    def _missing(self, file: TrialsFile) -> Iterator[tuple[str, list[int]]]:
        """Yield contestants and some of their seeds that are not in the file."""
        for name in self.contestants:
            seeds = [seed for seed in self.seeds if not file.has(name, seed)]
            for start in range(0, len(seeds), AT_ONCE):
                yield name, seeds[start : start + AT_ONCE]

    def _trials(
        self, benchmark: Benchmark[Any], missing: Sequence[tuple[str, list[int]]], workers: int
    ) -> Iterator[tuple[str, list[Trial]]]:
        """Yield trials as they are finished."""
        if workers == 1 or len(missing) < 2:
            for name, seeds in missing:
                yield name, _run(benchmark, name, seeds, self.evaluations)
            return
        with ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=_open, initargs=(self.make,)
        ) as pool:
            names: dict[Future[list[Trial]], str] = {
                pool.submit(_run_opened, name, seeds, self.evaluations): name
                for name, seeds in missing
            }
            waiting = set(names)
            try:
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield names[future], future.result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _write(self, benchmark: Benchmark[Any], file: TrialsFile) -> list[Effort]:
        """Write tables and figures of the trials that were asked for."""
        by = {
            name: sorted(
                (one for one in file.trials if one.contestant == name and one.seed in self.seeds),
                key=lambda one: one.seed,
            )
            for name in self.contestants
        }
        efforts = [Effort.of(trials, benchmark.target) for trials in by.values()]
        title = f"{benchmark.name}: {len(self.seeds)} seeds of {self.evaluations} evaluations"
        write_report(title, benchmark, by, efforts, self.directory)
        return efforts


_opened: Benchmark[Any] | None = None
"""The benchmark of this process."""


def _open(make: MakeBenchmark) -> None:
    """Prepare a process."""
    global _opened  # noqa: PLW0603 (a pool's initializer has no other way to hand something on)
    import torch

    torch.set_num_threads(1)  # with more, small steps wait for each other
    _opened = make()


def _run_opened(name: str, seeds: Sequence[int], evaluations: int) -> list[Trial]:
    """Make trials in a process that `_open` prepared."""
    if _opened is None:
        raise RuntimeError("the process has no benchmark")
    return _run(_opened, name, seeds, evaluations)


def _run(
    benchmark: Benchmark[Any], name: str, seeds: Sequence[int], evaluations: int
) -> list[Trial]:
    """Make trials."""
    contestant = CONTESTANTS[name]
    return [run_trial(benchmark, contestant, seed=seed, evaluations=evaluations) for seed in seeds]
