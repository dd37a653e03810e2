"""What a person sees of a training: lines, a CSV file, TensorBoard's events, a tracker."""

import csv
import io
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from renas_apps.run_directory import write_whole
from renas_space import InputError

_COLUMNS = ("step", "epoch", "learning_rate", "loss", "images_per_second", "images")
"""Of the CSV file, before the figures of an evaluation."""


class Sink(Protocol):
    """Where figures go."""

    def write(self, step: int, figures: Mapping[str, float | int]) -> None:
        """Write the figures of a step."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class CsvLog:
    """A CSV file, a row for each record, complete whenever the process dies.

    A row has the figures of some steps, or those of an evaluation.
    """

    def __init__(self, path: Path, *, figures: Sequence[str], after: int) -> None:
        """Open a log; rows of steps later than ``after``, which will be made again, are dropped.

        Args:
            path: of the file.
            figures: names of those of an evaluation.
            after: the step that the training goes on from.

        Raises:
            OSError: it cannot be written.
        """
        self._columns = (*_COLUMNS, *figures, *(f"ema_{name}" for name in figures))
        kept = [row for row in read_log(path) if int(row["step"]) <= after]
        text = io.StringIO()
        writer = csv.DictWriter(text, self._columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
        write_whole(path, text.getvalue())
        self._file = path.open("a", encoding="utf-8", newline="")
        # A kill may have come between the last evaluation and the model: then it is made again.
        self._scored = {int(row["step"]) for row in kept if row["images"]}

    def write(self, step: int, figures: Mapping[str, float | int]) -> None:
        """Append a row, unless it is of an evaluation that the log has from before."""
        if "images" in figures and step in self._scored:
            return
        row = {"step": step, **figures}
        line = ",".join(str(row.get(column, "")) for column in self._columns)
        self._file.write(f"{line}\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_log(path: Path) -> list[dict[str, str]]:
    """Return the rows of a log, without one that was cut off by a kill; none if it is not there."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    return list(csv.DictReader(io.StringIO(whole)))


class Events:
    """TensorBoard's events."""

    def __init__(self, directory: Path, *, after: int) -> None:
        """Write to a directory; what is later than ``after`` is taken back."""
        from torch.utils.tensorboard import SummaryWriter  # late: it takes seconds

        self._writer = SummaryWriter(directory, purge_step=after + 1)

    def write(self, step: int, figures: Mapping[str, float | int]) -> None:
        """Write a point for each figure."""
        group = "evaluation" if "images" in figures else "training"
        for name, value in figures.items():
            self._writer.add_scalar(f"{group}/{name}", value, step)

    def close(self) -> None:
        """Close the file."""
        self._writer.close()


_WANDB_ID, _MLFLOW_ID = "wandb-id", "mlflow-id"
"""Files with the id of a directory's run at Weights & Biases, and at MLflow."""


def forget_tracked_run(directory: Path) -> None:
    """Let a training that begins anew in a directory have a run of its own at the tracker."""
    for kept in (_WANDB_ID, _MLFLOW_ID):
        (directory / kept).unlink(missing_ok=True)


class WandbTracker:
    """Weights & Biases."""

    def __init__(self, directory: Path, settings: Mapping[str, Any]) -> None:
        """Open a run there, or the one that this directory had before.

        Raises:
            InputError: the library is missing.
            OSError: the run's id cannot be written.
        """
        wandb = _imported("wandb")
        kept = directory / _WANDB_ID  # directories of different trainings may share a name
        if not kept.exists():
            write_whole(kept, secrets.token_hex(8))
        self._run = wandb.init(
            project="renas",
            dir=str(directory),
            id=kept.read_text(encoding="utf-8").strip(),
            name=directory.name,
            resume="allow",
            config=settings,
        )

    def write(self, step: int, figures: Mapping[str, float | int]) -> None:
        """Send the figures."""
        self._run.log(dict(figures), step=step)

    def close(self) -> None:
        """End the run there."""
        self._run.finish()


class MlflowTracker:
    """MLflow."""

    def __init__(self, directory: Path, settings: Mapping[str, Any]) -> None:
        """Open a run there, or the one that this directory had before.

        Raises:
            InputError: the library is missing.
            OSError: the run's id cannot be written.
        """
        self._mlflow = _imported("mlflow")
        self._mlflow.set_experiment("renas")
        kept = directory / _MLFLOW_ID
        if kept.exists():
            self._mlflow.start_run(run_id=kept.read_text(encoding="utf-8").strip())
            return
        run = self._mlflow.start_run(run_name=directory.name)
        write_whole(kept, run.info.run_id)
        self._mlflow.log_params(settings)  # once: a run's parameters cannot change

    def write(self, step: int, figures: Mapping[str, float | int]) -> None:
        """Send the figures."""
        self._mlflow.log_metrics({name: float(value) for name, value in figures.items()}, step=step)

    def close(self) -> None:
        """End the run there."""
        self._mlflow.end_run()


def sinks(
    log: Path,
    events: Path,
    tracker: str,
    settings: Mapping[str, Any],
    *,
    figures: Sequence[str],
    after: int,
) -> list[Sink]:
    """Return where the figures of a training go.

    Args:
        log: the CSV file.
        events: TensorBoard's directory.
        tracker: ``none``, ``wandb`` or ``mlflow``.
        settings: of the training, for the tracker.
        figures: names of those of an evaluation.
        after: the step that the training goes on from.

    Raises:
        InputError: the tracker's library is missing.
    """
    trackers = {"wandb": WandbTracker, "mlflow": MlflowTracker}
    tracked = [trackers[tracker](log.parent, settings)] if tracker in trackers else []
    return [CsvLog(log, figures=figures, after=after), Events(events, after=after), *tracked]


def _imported(name: str) -> Any:
    """Import a tracker's library."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        raise InputError(
            f"--track {name} needs the library {name}: "
            f"pip install 'renas-apps[{name}]', or leave it out"
        ) from None
