"""TensorBoard's events of a search."""

from pathlib import Path
from typing import TYPE_CHECKING

from renas_apps.journal_rows import Final
from renas_apps.observer import Started, Step
from renas_apps.progress import Progress

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class Events:
    """Writes a step for each evaluation. It implements `Observer`."""

    def __init__(self, directory: Path) -> None:
        """Write to a directory."""
        self._directory = directory
        self._writer: SummaryWriter | None = None
        self._finals: SummaryWriter | None = None
        self._progress = Progress()

    def started(self, event: Started) -> None:
        """Open the file; what a killed process wrote beyond the journal is taken back."""
        from torch.utils.tensorboard import SummaryWriter  # late: it takes seconds

        self._progress.start(event)
        self._writer = SummaryWriter(self._directory, purge_step=self._progress.counted + 1)

    def stepped(self, event: Step) -> None:
        """Write the figures of an individual that was trained."""
        self._progress.step(event)
        row = event.evaluation
        if self._writer is None or row.state != "told":
            return
        figures = {
            "fitness/individual": row.fitness,
            "fitness/before": row.fitness_before,
            "fitness/best": None if event.best is None else event.best.fitness,
            "population/mean": self._progress.mean,
            "population/deviation": self._progress.spread,
            "controller/entropy": row.entropy,
            "child/inherited_share": row.inherited_share,
            "child/parameters": row.parameters,
            "child/loss": row.loss,
            "child/seconds": row.seconds,
        }
        for name, value in figures.items():
            if value is not None:
                self._writer.add_scalar(name, value, event.counted)
        self._writer.flush()  # a killed run goes on after this step, and would not write it again

    def retrained(self, final: Final, done: int, total: int) -> None:
        """Write the accuracy of a retraining, by individual."""
        if self._writer is None or final.accuracy is None:
            return
        if self._finals is None:
            from torch.utils.tensorboard import SummaryWriter  # late, as above

            # Apart from the steps: they are by individual, and nothing of them is taken back.
            self._finals = SummaryWriter(self._directory / "final")
        self._finals.add_scalar(f"accuracy/{final.epochs}_epochs", final.accuracy, final.id)
        self._finals.flush()

    def noted(self, message: str) -> None:
        """Write nothing."""

    def finished(self, directory: Path) -> None:
        """Write nothing more."""

    def closed(self) -> None:
        """Close the files."""
        for writer in (self._writer, self._finals):
            if writer is not None:
                writer.close()
        self._writer = self._finals = None
