"""What a training tells whoever shows or records it."""

from dataclasses import dataclass
from typing import Protocol

from torch import nn

from renas_trainer.task import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a few steps came to."""

    step: int
    """Steps made so far."""
    epoch: float
    """Passes over the images so far."""
    learning_rate: float
    """Of the last of these steps."""
    loss: float
    """Mean since the last record."""
    images_per_second: float
    """Trained on, over all processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What an evaluation came to."""

    step: int
    """Steps made so far."""
    epoch: float
    """Passes over the images so far."""
    score: Score
    """Of the network."""
    ema_score: Score | None
    """Of the moving average of its weights, if there is one."""
    best: bool
    """Whether no evaluation before was as good."""

    @property
    def merit(self) -> float:
        """The better of both."""
        return max(self.score.merit, self.ema_score.merit if self.ema_score else 0.0)


class Observer(Protocol):
    """Who is told of a training, in the first process only."""

    def stepped(self, step: Step) -> None:
        """Hear of a few steps."""
        ...

    def evaluated(
        self, evaluation: Evaluation, network: nn.Module, ema: nn.Module | None, /
    ) -> None:
        """Hear of an evaluation, and see the network that was evaluated and its average."""
        ...
