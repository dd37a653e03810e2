"""What a training is made of, whatever it trains: images, network, task, and how it is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import nn

from renas_apps.training.config import TrainConfig
from renas_trainer.task import Task
from renas_trainer.training_images import TrainingImages


class Write(Protocol):
    """Writes a trained network to a file."""

    def __call__(self, path: Path, network: nn.Module, facts: Mapping[str, Any]) -> None:
        """Write it, with what is known of its training."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What is trained on what."""

    images: TrainingImages
    """To train and to score on."""
    network: nn.Module
    """With its first weights."""
    task: Task
    """What it learns to do."""
    description: str
    """Which network it is and what it costs, in a line."""
    sees: str
    """Size of the images and number of classes, in a few words."""
    write: Write
    """Writes the network to a file."""
    check: Callable[[], None] = lambda: None
    """Looks at the images more closely than opening them did, before a new training."""
    strings: Mapping[str, str] | None = None
    """Describe the network where settings and images do not: a resumed training reads them."""


def facts_of(config: TrainConfig) -> dict[str, int | None]:
    """Return what decided which images were trained on, so that others can be found again."""
    return {
        "seed": config.seed,
        "train_images": config.train_images,
        "val_images": config.val_images,
    }
