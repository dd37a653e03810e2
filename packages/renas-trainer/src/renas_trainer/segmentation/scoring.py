"""Intersection over union (IOU): how far what a network says of pixels is what their masks say.

The IOU of a class is the number of pixels that both call so, divided by the number that either
does. Void pixels are left out. A class that occurs neither in the masks nor in the predictions has
no IOU and is left out of the mean; one that is only predicted has 0, and counts.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torchmetrics.classification import MulticlassConfusionMatrix

from renas_trainer.distributed import summed
from renas_trainer.segmentation.masks import VOID

if TYPE_CHECKING:
    from lightning_fabric import Fabric  # takes seconds to import


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentationScore:
    """How far predictions and masks agree. It implements `Score`."""

    images: int
    """How many were looked at."""
    confusion: tuple[tuple[int, ...], ...]
    """Pixels by the class of their mask (row) and of the prediction (column)."""

    @property
    def ious(self) -> tuple[float, ...]:
        """IOU of each class, 0 to 1; NaN for one that does not occur."""
        rows, columns = self.confusion, tuple(zip(*self.confusion, strict=True))
        either = [
            sum(row) + sum(column) - row[number]
            for number, (row, column) in enumerate(zip(rows, columns, strict=True))
        ]
        return tuple(
            rows[number][number] / count if count else math.nan
            for number, count in enumerate(either)
        )

    @property
    def miou(self) -> float:
        """Mean IOU of the classes that occur, 0 to 1; 0 where none does."""
        found = [iou for iou in self.ious if not math.isnan(iou)]
        return math.fsum(found) / len(found) if found else 0.0

    @property
    def pixel_accuracy(self) -> float:
        """Share of the pixels that are classified rightly, 0 to 1; 0 where all are void."""
        right = sum(row[number] for number, row in enumerate(self.confusion))
        return right / (sum(map(sum, self.confusion)) or 1)

    @property
    def merit(self) -> float:
        """The mean IOU."""
        return self.miou

    def figures(self) -> dict[str, float]:
        """Return the mean IOU and the accuracy of pixels by name."""
        return {"miou": self.miou, "pixel_accuracy": self.pixel_accuracy}

    def facts(self) -> dict[str, Any]:
        """Return both, and the IOU of each class, None for one that does not occur."""
        ious = [None if math.isnan(iou) else iou for iou in self.ious]
        return {"images": self.images, **self.figures(), "ious": ious}

    def __str__(self) -> str:
        """Say both in per cent, with the number of images."""
        return f"mIOU {self.miou:.2%}, pixels {self.pixel_accuracy:.2%} of {self.images:,} images"


class Confusion:
    """Counts pixels, image after image, over all processes; only classes decide its size."""

    def __init__(self, classes: int, device: torch.device) -> None:
        """Begin with no pixel."""
        self._metric = MulticlassConfusionMatrix(
            num_classes=classes, ignore_index=VOID, validate_args=False
        ).to(device)
        self._images = torch.zeros((), dtype=torch.int64, device=device)

    def add(self, predictions: Tensor, masks: Tensor) -> None:
        """Count the pixels of some images: predicted classes and masks, int64 (n, H, W)."""
        self._metric.update(predictions, masks)
        self._images += len(masks)

    def score(self, fabric: "Fabric") -> SegmentationScore:
        """Return what all processes have counted together."""
        images = summed(self._images, fabric)
        rows = self._metric.compute().tolist()  # over all processes, too
        return SegmentationScore(images=int(images), confusion=tuple(map(tuple, rows)))


@torch.inference_mode()
def predictions(
    network: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], fabric: "Fabric"
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield predicted classes and masks, int64 (n, H, W), batch by batch.

    Args:
        network: maps pixels (n, 3, H, W) to logits (n, classes, H, W). It is left in evaluation
            mode.
        batches: pixels, and masks.
        fabric: precision.
    """
    network.eval()
    for pixels, masks in batches:
        with fabric.autocast():
            logits = network(pixels)
        yield logits.argmax(1), masks


def score(
    network: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    fabric: "Fabric",
    *,
    classes: int,
) -> SegmentationScore:
    """Compare what a network predicts with masks, over all processes together.

    Args:
        network: as for `predictions`; not wrapped for several processes, which may have unequal
            numbers of batches.
        batches: of this process: pixels, and masks (n, H, W).
        fabric: precision and processes.
        classes: how many there are.
    """
    confusion = Confusion(classes, fabric.device)
    for predicted, masks in predictions(network, batches, fabric):
        confusion.add(predicted, masks)
    return confusion.score(fabric)
