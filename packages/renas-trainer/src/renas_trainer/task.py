"""What a network learns to do: what is minimised, and what networks are compared by.

The training loop knows no more of classification and segmentation than this.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from torch import Tensor, nn

if TYPE_CHECKING:
    from lightning_fabric import Fabric  # takes seconds to import


class Score(Protocol):
    """How good a network is on a set of images."""

    @property
    def images(self) -> int:
        """How many were looked at."""
        ...

    @property
    def merit(self) -> float:
        """What networks are compared by, 0 to 1: the more, the better."""
        ...

    def figures(self) -> dict[str, float]:
        """Return the figures of a log by name; the merit is among them."""
        ...

    def facts(self) -> dict[str, Any]:
        """Return all that is known, as values for JSON."""
        ...

    def __str__(self) -> str:
        """Say it in one line."""
        ...


class Task(Protocol):
    """What a network learns to do."""

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the figures of its scores."""
        ...

    def for_training(self, network: nn.Module) -> nn.Module:
        """Return the module whose ``forward`` maps pixels to what `loss` reads."""
        ...

    def parameter_groups(self, network: nn.Module) -> list[dict[str, Any]]:
        """Return the optimizer's groups; the learning rate of the first is the one that is shown.

        A group's ``lr_scale`` is its learning rate as a share of the recipe's.
        """
        ...

    def start_epoch(self, network: nn.Module, growth: float) -> None:
        """Prepare a network, in training mode, for an epoch.

        Args:
            network: that learns.
            growth: how far the training has come at the epoch's end, up to 1.
        """
        ...

    def loss(self, outputs: Any, labels: Tensor) -> Tensor:
        """Return what is minimised, a scalar.

        Args:
            outputs: of `for_training`'s module.
            labels: of the images.
        """
        ...

    def score(
        self, network: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], fabric: "Fabric"
    ) -> Score:
        """Score a network over all processes together, and leave it in evaluation mode.

        Args:
            network: not wrapped for several processes, which may have unequal numbers of batches.
            batches: of this process: pixels and labels.
            fabric: precision and processes.
        """
        ...
