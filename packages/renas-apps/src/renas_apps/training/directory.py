"""What lies where in the directory of a training."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from renas_apps.run_directory import RunDirectory, make_directory, write_whole
from renas_space import InputError

_BEFORE_THE_START = {
    *("config.toml", ".config.toml.new", "lock", "checkpoints", "events"),
    *("log.csv", ".log.csv.new", "network.json", ".network.json.new"),
    *("wandb", "wandb-id", ".wandb-id.new", "mlflow-id", ".mlflow-id.new"),
}
"""What a training may leave that was killed before its first checkpoint."""


@dataclass(frozen=True, slots=True)
class TrainingDirectory:
    """The directory of one training."""

    path: Path
    """Of the directory."""

    @property
    def log(self) -> Path:
        """The figures, a row for each record."""
        return self.path / "log.csv"

    @property
    def events(self) -> Path:
        """The directory of TensorBoard's events."""
        return self.path / "events"

    @property
    def last(self) -> Path:
        """Where the training stands."""
        return self.path / "checkpoints" / "last.safetensors"

    @property
    def best(self) -> Path:
        """The network at its best evaluation."""
        return self.path / "checkpoints" / "best.safetensors"

    @property
    def ema(self) -> Path:
        """The moving average of the weights at the last evaluation."""
        return self.path / "checkpoints" / "ema.safetensors"

    @property
    def network(self) -> Path:
        """What describes the network, where the settings do not."""
        return self.path / "network.json"

    @property
    def model(self) -> Path:
        """The trained network."""
        return self.path / "model.safetensors"

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make the directory of a new training.

        Raises:
            InputError: something is there already, or the directory cannot be made.
        """
        directory = cls(path)
        make_directory(
            path,
            directory.last.parent,
            what="training",
            record=directory.last,
            leftovers=_BEFORE_THE_START,
        )
        return directory

    def write_network(self, strings: Mapping[str, str]) -> None:
        """Write what describes the network.

        Raises:
            OSError: it cannot be written.
        """
        write_whole(self.network, json.dumps(dict(strings), ensure_ascii=False, indent=1) + "\n")

    def read_network(self) -> dict[str, str]:
        """Read what `write_network` wrote.

        Raises:
            InputError: it is damaged.
        """
        try:
            found = json.loads(self.network.read_text(encoding="utf-8"))
            return {str(name): str(value) for name, value in found.items()}
        except (OSError, ValueError, AttributeError) as error:
            raise InputError(f"{self.network} is damaged ({error}): restore it") from None

    def write_settings(self, settings: dict[str, Any]) -> None:
        """Write the settings of the training, the recipe's name among them.

        Raises:
            OSError: they cannot be written.
        """
        RunDirectory(self.path).write_settings(settings)
