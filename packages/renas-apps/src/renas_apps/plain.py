"""Progress as plain lines, for logs and pipes."""

import sys
from pathlib import Path
from typing import TextIO

from renas_apps.journal_rows import Evaluation, Final
from renas_apps.observer import Started, Step
from renas_apps.progress import Progress
from renas_apps.quantities import format_duration


class Plain:
    """Prints a line for each individual. It implements `Observer`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Print to a stream; by default to standard output."""
        self._stream = sys.stdout if stream is None else stream
        self._progress = Progress()

    def started(self, event: Started) -> None:
        """Say what is searched, on what, and where it is written."""
        config = event.config
        self._progress.start(event)
        self._say(event.data)
        sample = f", sample {config.sample}" if config.tournaments else ""
        self._say(
            f"{config.strategy}, population {config.population}{sample}, "
            f"N={config.cells}, F={config.filters}, seed {config.seed}; run {event.directory}"
        )
        if event.evaluations:
            self._say(f"goes on after {self._progress.counted} of {config.evaluations} evaluations")

    def stepped(self, event: Step) -> None:
        """Print the line of an individual."""
        progress = self._progress
        progress.step(event)
        row = event.evaluation
        if row.fitness is None:
            self._say(f"{row.state} #{row.id}: {row.reason}")
            return
        rest = progress.remaining
        left = "" if rest is None else f", {format_duration(rest)} left"
        best = 0.0 if progress.best is None else progress.best.fitness or 0.0
        self._say(
            f"{progress.counted:4d}/{progress.total} #{row.id} {describe(row)}; "
            f"population {progress.mean:.4f} +- {progress.spread:.4f}, best {best:.4f}; "
            f"{row.seconds:.1f}s{left}"
        )

    def retrained(self, final: Final, done: int, total: int) -> None:
        """Print the line of a retraining."""
        score = final.reason if final.accuracy is None else f"{final.accuracy:.4f}"
        self._say(f"retrained {done}/{total} #{final.id} accuracy {score}; {final.seconds:.1f}s")

    def noted(self, message: str) -> None:
        """Print a word for people."""
        self._say(f"note: {message}")

    def finished(self, directory: Path) -> None:
        """Say nothing: the summary follows."""

    def closed(self) -> None:
        """Let go of nothing."""

    def _say(self, line: str) -> None:
        """Print a line at once."""
        print(one_line(line), file=self._stream, flush=True)


def one_line(text: str) -> str:
    """Return a text without line breaks and whatever else would steer a terminal.

    Paths and the reasons of failures may hold anything.
    """
    return "".join(sign if sign.isprintable() else " " for sign in text)


def describe(row: Evaluation) -> str:
    """Say in a few words what came of an individual that has a fitness."""
    if row.state == "replayed":
        return f"fitness {row.fitness:.4f} as #{row.replays}"
    if row.fitness_before is None:
        origin = "new" if row.parent_id is None else f"child of #{row.parent_id}"
        return f"fitness {row.fitness:.4f}, {origin}"
    return (
        f"fitness {row.fitness_before:.4f} -> {row.fitness:.4f}, "
        f"{row.inherited_share or 0.0:.0%} of #{row.parent_id}"
    )
