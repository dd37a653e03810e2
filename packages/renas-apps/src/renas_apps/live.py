"""Progress as a table that is drawn anew, for terminals."""

import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live as RichLive
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from renas_apps.journal_rows import Final
from renas_apps.observer import Started, Step
from renas_apps.plain import describe, one_line
from renas_apps.progress import Progress
from renas_apps.quantities import format_duration

_WIDTH_FOR_CELLS, _WIDTH_FOR_PARAMETERS = 70, 90
"""Columns of characters that a terminal needs for them beside what came of an individual."""


class Live:
    """Draws the state of a search. It implements `Observer`."""

    def __init__(
        self, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Draw on a console; by default on the terminal.

        Args:
            console: to draw on.
            clock: seconds since any moment.
        """
        self._console = Console() if console is None else console
        self._live: RichLive | None = None
        self._clock, self._heard = clock, clock()
        self._progress = Progress()
        self._best_final: float | None = None
        self._retrained = ""

    def started(self, event: Started) -> None:
        """Begin to draw."""
        self._progress.start(event)
        self._heard = self._clock()
        config = event.config
        for line in (
            event.data,
            f"{config.strategy}, seed {config.seed}; run {event.directory}",
        ):
            self._console.print(one_line(line), markup=False, highlight=False)
        self._live = RichLive(self._draw(), console=self._console, refresh_per_second=4)
        self._live.start()

    def stepped(self, event: Step) -> None:
        """Draw anew."""
        self._progress.step(event)
        self._heard = self._clock()
        self._update()

    def retrained(self, final: Final, done: int, total: int) -> None:
        """Draw anew."""
        if final.accuracy is not None:
            self._best_final = max(final.accuracy, self._best_final or 0.0)
        self._retrained = f"retrained {done}/{total}, best accuracy {_number(self._best_final)}"
        self._update()

    def noted(self, message: str) -> None:
        """Print a word for people above the table."""
        self._console.print(one_line(f"note: {message}"), style="yellow", markup=False)

    def finished(self, directory: Path) -> None:
        """Leave the last table where it is."""
        self.closed()

    def closed(self) -> None:
        """Stop drawing."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _update(self) -> None:
        """Draw the present state."""
        if self._live is not None:
            self._live.update(self._draw())

    def _draw(self) -> RenderableType:
        """Return the present state as something to draw."""
        parts: list[RenderableType] = [self._bar(), self._figures(), self._recent()]
        if self._retrained:
            parts.append(Text(self._retrained))
        return Group(*parts)

    def _bar(self) -> RenderableType:
        """Return the line with the bar."""
        progress = self._progress
        line = Table.grid(padding=(0, 1))
        line.add_row(
            f"{progress.counted}/{progress.total}",
            ProgressBar(total=progress.total, completed=progress.counted, width=30),
            _Times(progress.elapsed, progress.remaining, since=self._heard, clock=self._clock),
        )
        return line

    def _figures(self) -> RenderableType:
        """Return the figures of the search."""
        progress = self._progress
        best = None if progress.best is None else progress.best.fitness
        table = Table.grid(padding=(0, 2))
        for name, value in (
            ("best", _number(best)),
            (
                "population",
                f"{progress.mean:.4f} +- {progress.spread:.4f}" if progress.population else "-",
            ),
            ("entropy", _number(progress.entropy)),
            ("inherited", "-" if progress.inherited is None else f"{progress.inherited:.0%}"),
            (
                "failed, rejected, replayed",
                f"{progress.failed}, {progress.rejected}, {progress.replayed}",
            ),
        ):
            table.add_row(Text(name, style="dim"), value)
        return table

    def _recent(self) -> RenderableType:
        """Return the last individuals; a narrow terminal shows less of each."""
        width = self._console.width
        table = Table(box=None, padding=(0, 1), header_style="dim")
        table.add_column("#", no_wrap=True, min_width=4)
        table.add_column("what came of it", no_wrap=True)
        if width >= _WIDTH_FOR_PARAMETERS:
            table.add_column("parameters", no_wrap=True, justify="right")
        if width >= _WIDTH_FOR_CELLS:
            table.add_column("cell")  # the one to be cut where a line is too long
        for row in self._progress.recent:
            outcome = f"{row.state}: {row.reason}" if row.fitness is None else describe(row)
            cells = [str(row.id), Text(one_line(outcome))]
            if width >= _WIDTH_FOR_PARAMETERS:
                cells.append(f"{row.parameters:,}")
            if width >= _WIDTH_FOR_CELLS:
                cells.append(Text(row.genotype, no_wrap=True, overflow="ellipsis"))
            table.add_row(*cells)
        return table


class _Times:
    """Time gone and time left, as of the moment at which they are drawn.

    A child takes a while, and a clock that stands still looks like a search that does.
    """

    def __init__(
        self, elapsed: float, remaining: float | None, *, since: float, clock: Callable[[], float]
    ) -> None:
        """Go on from what was true at the moment ``since`` of the clock."""
        self._elapsed, self._remaining = elapsed, remaining
        self._since, self._clock = since, clock

    def __rich__(self) -> str:
        """Return both as text."""
        gone = self._clock() - self._since
        text = format_duration(self._elapsed + gone)
        if not self._remaining:  # unknown, or all is scored and the retraining goes on
            return text
        return f"{text}, {format_duration(max(self._remaining - gone, 0.0))} left"


def _number(value: float | None) -> str:
    """Return a figure, or a dash where there is none."""
    return "-" if value is None else f"{value:.4f}"
