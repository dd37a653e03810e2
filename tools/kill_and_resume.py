"""Kill a search again and again at random moments, and hold what comes of it to an unharmed run.

Two runs of the same settings: one is left alone; the other is killed with SIGKILL, resumed, and
killed again. The moments are spread over the work: some while the search sets itself up, the first
before there is a journal; the others over all trainings, those from scratch at the end included.
Afterwards everything that the two left must be equal: journal (columns of time aside), state of
the strategy, weights and best.json.

Example:
    python tools/kill_and_resume.py --kills 20
"""

import argparse
import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from renas_apps.journal import Journal
from renas_apps.journal_rows import TIME_COLUMNS, Evaluation, Final
from renas_apps.run_directory import RunDirectory
from renas_space import InputError

TINY = (
    "--strategy=renas",
    *("--filters=4", "--cells=1", "--population=4", "--sample=2", "--evaluations=10"),
    *("--train-images=300", "--val-images=100", "--final-epochs=1"),
)
"""Settings of a search that takes seconds: ten evaluations, four retrainings; its children need
their parents' weights."""

PATIENCE = 600
"""Seconds after which a search that does not go on is an error."""


class Life:
    """One process that searches, from its start to its end or its death."""

    def __init__(self, run: Path, settings: Sequence[str]) -> None:
        """Start a run, or go on with it where there is one."""
        self.run = RunDirectory(run)
        self.resumed = self.run.journal.exists()
        where = ["--resume", str(run)] if self.resumed else [*settings, "--run-dir", str(run)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "renas_apps.search", *where],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def ended(self) -> bool:
        """Whether it came to its end by itself."""
        return self._process.poll() is not None

    @property
    def working(self) -> bool:
        """Whether it holds the run, so that its set-up is nearly over."""
        lock = self.run.path / "lock"
        return lock.exists() and lock.read_text(encoding="utf-8").strip() == str(self._process.pid)

    def set_up_for(self, seconds: float) -> None:
        """Wait so long, or until it has set itself up if that is sooner."""
        end = time.monotonic() + seconds
        while not (self.ended or self.working) and time.monotonic() < end:
            time.sleep(0.01)

    def work_until(self, rows: int) -> None:
        """Wait until it has set itself up and the journal has so many rows, or it ends."""
        start = time.monotonic()
        while not self.ended and not (self.working and rows_of(self.run) >= rows):
            if time.monotonic() - start > PATIENCE:
                raise TimeoutError(f"{self.run.path} does not get to {rows} rows")
            time.sleep(0.01)

    def kill(self) -> None:
        """Kill it as the system does when memory runs out: at once and without a word."""
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()

    def finish(self) -> None:
        """Wait for its end, which must be a good one."""
        _, said = self._process.communicate(timeout=PATIENCE)
        if self._process.returncode:
            raise RuntimeError(f"the search ended with {self._process.returncode}: {said}")


def rows_of(run: RunDirectory) -> int:
    """Return how many individuals are done, and how many retrainings."""
    try:
        with Journal.read(run.journal) as journal:
            return len(journal.evaluations()) + len(journal.finals())
    except InputError:  # not there yet
        return 0


def run_unharmed(run: Path, settings: Sequence[str]) -> tuple[float, list[float]]:
    """Run a search to its end.

    Returns:
        Seconds until it began to work, and seconds of each training.
    """
    start = time.monotonic()
    life = Life(run, settings)
    life.work_until(0)
    set_up = time.monotonic() - start
    life.finish()
    with Journal.read(life.run.journal) as journal:
        rows = [*journal.evaluations(), *journal.finals()]
    return set_up, [row.seconds for row in rows]


def run_killed(
    run: Path,
    settings: Sequence[str],
    *,
    set_up: float,
    trainings: Sequence[float],
    kills: int,
    seed: int,
) -> Counter[str]:
    """Run a search to its end, killing it on the way.

    Args:
        run: directory of the run.
        settings: of the search.
        set_up: seconds until it begins to work.
        trainings: seconds of each training, in order.
        kills: how often to kill it.
        seed: of the moments.

    Returns:
        How often it was killed in which stage.
    """
    rng = random.Random(seed)
    rows = len(trainings)
    stages: Counter[str] = Counter()
    for kill in range(kills):
        life = Life(run, settings)
        if kill % 5 == 0:  # while it sets itself up; the first time all of that is new
            life.set_up_for(rng.uniform(0.2, 1.0) * set_up)
        else:
            training = int(rows * (kill + rng.random()) / kills)
            life.work_until(training)
            time.sleep(rng.uniform(0.0, 1.0) * trainings[training])
        if life.ended:  # quicker than the unharmed run
            life.finish()
            stages["missed: it had ended"] += 1
            continue
        stage = stage_of(life, rows)
        life.kill()
        stages[stage] += 1
        print(f"kill {kill + 1:2}: {stage}, {rows_of(life.run)} of {rows} rows", flush=True)
    Life(run, settings).finish()
    return stages


def stage_of(life: Life, rows: int) -> str:
    """Say what a process is about, whose journal has so many rows in the end."""
    if not life.working:
        return "setting up again" if life.resumed else "before the journal"
    done = rows_of(life.run)
    if done == rows:
        return "summing up"
    return "searching" if done < life.run.settings()["evaluations"] else "retraining"


def traces_of(path: Path) -> dict[str, Any]:
    """Return all that a finished run left, but for times: what must be equal, by name."""
    run = RunDirectory(path)
    with Journal.read(run.journal) as journal:
        state = journal.strategy_state() or b""
        return {
            "evaluations": [without_times(row) for row in journal.evaluations()],
            "finals": [without_times(row) for row in journal.finals()],
            "population": journal.population(),
            "state of the strategy": hashlib.sha256(state).hexdigest(),
            "weights": {
                file.name: hashlib.sha256(file.read_bytes()).hexdigest()
                for file in sorted(run.weights.iterdir())
            },
            "best.json": run.best.read_text(encoding="utf-8"),
            "config.toml": run.config.read_text(encoding="utf-8"),
        }


def without_times(row: Evaluation | Final) -> dict[str, Any]:
    """Return a row's columns but for those of time."""
    return {name: value for name, value in asdict(row).items() if name not in TIME_COLUMNS}


def compare(directory: Path, *, kills: int, seed: int, settings: Sequence[str] = TINY) -> list[str]:
    """Make both runs in a directory, and print what is compared.

    Returns:
        The names of what differs.
    """
    unharmed, killed = directory / "unharmed", directory / "killed"
    set_up, trainings = run_unharmed(unharmed, settings)
    spent = f"{set_up:.1f} s to set up, {len(trainings)} trainings in {sum(trainings):.1f} s"
    print(f"unharmed: {spent}", flush=True)
    stages = run_killed(
        killed, settings, set_up=set_up, trainings=trainings, kills=kills, seed=seed
    )
    print("killed:", ", ".join(f"{count} {stage}" for stage, count in stages.items()))
    expected, found = traces_of(unharmed), traces_of(killed)
    for name, value in expected.items():
        size = "" if isinstance(value, str) else f" ({len(value)})"
        print(f"  {name}{size}: {'equal' if found[name] == value else 'DIFFERENT'}")
    return [name for name, value in expected.items() if found[name] != value]


def main() -> int:
    """Run the command; return 0 where the two runs are equal, 1 where they are not."""
    parser = argparse.ArgumentParser(
        description="Kill a search at random moments and compare it with one left alone.",
        epilog="What follows -- replaces the settings of the search.",
    )
    parser.add_argument("--kills", type=int, default=20, help="how often (default: 20)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    parser.add_argument("settings", nargs="*", help=f"of renas-search (default: {' '.join(TINY)})")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        differing = compare(
            Path(directory), kills=asked.kills, seed=asked.seed, settings=asked.settings or TINY
        )
    print("the two runs differ" if differing else "the two runs are equal")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
