"""Progress as a table that is drawn anew, for terminals."""

from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live as RichLive
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from renas_apps.journal import Final
from renas_apps.observer import Started, Step
from renas_apps.plain import describe
from renas_apps.progress import Progress
from renas_apps.quantities import format_duration


class Live:
    """Draws the state of a search. It implements `Observer`."""

    def __init__(self, console: Console | None = None) -> None:
        """Draw on a console; by default on the terminal."""
        self._console = Console() if console is None else console
        self._live: RichLive | None = None
        self._progress = Progress()
        self._finals: list[Final] = []
        self._members = 0

    def started(self, event: Started) -> None:
        """Begin to draw."""
        self._progress.start(event)
        config = event.config
        self._console.print(event.data)
        self._console.print(f"{config.strategy}, seed {config.seed}; run {event.directory}")
        self._live = RichLive(self._draw(), console=self._console, refresh_per_second=4)
        self._live.start()

    def stepped(self, event: Step) -> None:
        """Draw anew."""
        self._progress.step(event)
        self._update()

    def retrained(self, final: Final, done: int, total: int) -> None:
        """Draw anew."""
        self._finals.append(final)
        self._members = total
        self._update()

    def noted(self, message: str) -> None:
        """Print a word for people above the table."""
        self._console.print(f"note: {message}", style="yellow", markup=False)

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
        if self._finals:
            best = max(final.accuracy or 0.0 for final in self._finals)
            done = f"retrained {len(self._finals)}/{self._members}, best accuracy {best:.4f}"
            parts.append(Text(done))
        return Group(*parts)

    def _bar(self) -> RenderableType:
        """Return the line with the bar."""
        progress = self._progress
        rest = progress.remaining
        line = Table.grid(padding=(0, 1))
        line.add_row(
            f"{progress.counted}/{progress.total}",
            ProgressBar(total=progress.total, completed=progress.counted, width=30),
            format_duration(progress.elapsed),
            "" if rest is None else f"{format_duration(rest)} left",
        )
        return line

    def _figures(self) -> RenderableType:
        """Return the figures of the search."""
        progress = self._progress
        best = None if progress.best is None else progress.best.fitness
        table = Table.grid(padding=(0, 2))
        for name, value in (
            ("best", _number(best)),
            ("population", f"{progress.mean:.4f} +- {progress.spread:.4f}"),
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
        """Return the last individuals."""
        table = Table(box=None, padding=(0, 1), header_style="dim")
        for name in ("#", "cell", "what came of it", "parameters"):
            table.add_column(name, no_wrap=True)
        for row in self._progress.recent:
            outcome = f"{row.state}: {row.reason}" if row.fitness is None else describe(row)
            table.add_row(str(row.id), row.genotype, Text(outcome), f"{row.parameters:,}")
        return table


def _number(value: float | None) -> str:
    """Return a figure, or a dash where there is none."""
    return "-" if value is None else f"{value:.4f}"
