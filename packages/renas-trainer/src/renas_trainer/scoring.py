"""Top-1 and top-5: how many images of a set a network classifies rightly."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from renas_trainer.distributed import summed

if TYPE_CHECKING:
    from lightning_fabric import Fabric  # takes seconds to import

TOP = 5
"""The right class is among so many of the best, for the lesser of both figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassificationScore:
    """What a classifier got right. Counts, so that parts of a set add up exactly.

    It implements `Score`.
    """

    images: int
    """How many were looked at."""
    first: int
    """Of these, how many had the largest logit at the right class."""
    among_five: int
    """How many had the right class among the five largest logits (all, where there are less)."""

    @property
    def top1(self) -> float:
        """Share of `first`, 0 to 1."""
        return self.first / self.images

    @property
    def top5(self) -> float:
        """Share of `among_five`, 0 to 1."""
        return self.among_five / self.images

    @property
    def merit(self) -> float:
        """The share of `first`."""
        return self.top1

    def figures(self) -> dict[str, float]:
        """Return both shares by name."""
        return {"top1": self.top1, "top5": self.top5}

    def facts(self) -> dict[str, Any]:
        """Return the counts by name."""
        return asdict(self)

    def __str__(self) -> str:
        """Say both in per cent, with the number of images."""
        return f"top-1 {self.top1:.2%}, top-5 {self.top5:.2%} of {self.images:,} images"


@torch.inference_mode()
def score(
    network: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], fabric: "Fabric"
) -> ClassificationScore:
    """Count what a network classifies rightly, over all processes together.

    Args:
        network: maps pixels (n, C, S, S) to logits (n, classes); not wrapped for several processes,
            which may have unequal numbers of batches. It is left in evaluation mode.
        batches: of this process: pixels, and labels (n,).
        fabric: precision and processes.
    """
    network.eval()
    counts = torch.zeros(3, dtype=torch.int64, device=fabric.device)
    for pixels, labels in batches:
        with fabric.autocast():
            logits = network(pixels)
        best = logits.topk(min(TOP, logits.shape[1])).indices
        hits = best == labels[:, None]
        counts += torch.stack(
            [hits.new_tensor(len(labels), dtype=torch.int64), hits[:, 0].sum(), hits.sum()]
        )
    images, first, among_five = summed(counts, fabric).tolist()
    return ClassificationScore(images=images, first=first, among_five=among_five)
