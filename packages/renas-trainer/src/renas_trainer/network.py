"""The network of a plan: stem, cells, auxiliary head, classifier (section 3.1; authors' code)."""

from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from renas_space import InputError
from renas_space.plan import (
    AUXILIARY_CHANNELS,
    AUXILIARY_POOL,
    AUXILIARY_POOL_STRIDE,
    AuxiliaryPlan,
    NetworkPlan,
    StemPlan,
)
from renas_trainer.cell import ConvolutionalCell
from renas_trainer.initialisation import initialise
from renas_trainer.operations import batch_norm

AUXILIARY_PREFIX = "auxiliary."
"""Of the names of the auxiliary head's tensors."""


class Stem(nn.Module):
    """A 3x3 convolution and BN, without ReLU."""

    def __init__(self, plan: StemPlan) -> None:
        """Build the stem that is planned."""
        super().__init__()
        self.conv = nn.Conv2d(
            plan.shape_in.channels,
            plan.shape_out.channels,
            3,
            stride=plan.stride,
            padding=plan.padding,
            bias=False,
        )
        self.norm = batch_norm(plan.shape_out.channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (n, C, S, S) to (n, F', S', S')."""
        return self.norm(self.conv(x))


class AuxiliaryHead(nn.Module):
    """The auxiliary classifier of training (authors' code)."""

    def __init__(self, plan: AuxiliaryPlan, dropout: float) -> None:
        """Build the head that is planned."""
        super().__init__()
        narrow, wide = AUXILIARY_CHANNELS
        self.pool = nn.AvgPool2d(AUXILIARY_POOL, stride=AUXILIARY_POOL_STRIDE)
        self.project = nn.Conv2d(plan.shape_in.channels, narrow, 1, bias=False)
        self.norm1 = batch_norm(narrow)
        kernel = (plan.pooled.height, plan.pooled.width)
        self.conv = nn.Conv2d(narrow, wide, kernel, bias=False)
        self.norm2 = batch_norm(wide)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(wide, plan.classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map a rectified output of a cell (n, C, H, W) to logits (n, classes)."""
        x = functional.relu(self.norm1(self.project(self.pool(x))))
        x = functional.relu(self.norm2(self.conv(x)))
        return self.classifier(self.dropout(x.flatten(1)))


def is_auxiliary(name: str) -> bool:
    """Return whether a tensor of a network belongs to the auxiliary head."""
    return name.startswith(AUXILIARY_PREFIX)


class GlobalAveragePool(nn.Module):
    """The mean over all pixels."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, C, H, W) to (n, C)."""
        return x.mean((2, 3))


class CellNetwork(nn.Module):
    """The classifier of a plan.

    The dotted name of every module is that of its `renas_space.Layer`.
    """

    def __init__(
        self,
        plan: NetworkPlan,
        *,
        generator: torch.Generator | None = None,
        dropout: float = 0.0,
        auxiliary: bool = False,
    ) -> None:
        """Build the network that is planned, on torch's default device.

        Args:
            plan: what to build.
            generator: where the initial weights come from; torch's own where None.
            dropout: probability before the classifiers.
            auxiliary: whether to build the auxiliary head, where the plan has one.
        """
        super().__init__()
        self.plan = plan
        device = torch.get_default_device()
        with torch.device("meta"):  # so that no weight is drawn twice
            self.stem = Stem(plan.stem)
            self.cells = nn.ModuleList(ConvolutionalCell(cell) for cell in plan.cells)
            self.auxiliary = (
                AuxiliaryHead(plan.auxiliary, dropout) if auxiliary and plan.auxiliary else None
            )
            self.global_pool: nn.Module = GlobalAveragePool()
            self.dropout = nn.Dropout(dropout)
            self.classifier = nn.Linear(plan.head.shape_in.channels, plan.classes)
        if device.type != "meta":
            self.to_empty(device=device)
            initialise(self, generator)

    def set_drop_path(self, probability: float) -> None:
        """Drop sides of blocks in training, the more often the later the cell.

        The probability grows linearly with depth, as in NASNet: cell k of K has k / K of it.

        Args:
            probability: in the last cell, for each image.

        Raises:
            InputError: it is not from 0 to below 1.
        """
        if not 0 <= probability < 1:
            raise InputError(f"drop path is {probability}: give a number from 0 and below 1")
        for number, cell in enumerate(self.cells, start=1):
            cast("ConvolutionalCell", cell).drop_path = probability * number / len(self.cells)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (n, C, S, S) to logits (n, classes)."""
        return self.forward_head(self.forward_features(x))

    def forward_with_auxiliary(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Map images (n, C, S, S) to logits and auxiliary logits, each (n, classes).

        The second is None where the network has no auxiliary head.
        """
        if self.auxiliary is None or self.plan.auxiliary is None:
            return self(x), None
        outputs = list(self.outputs(x))
        middle = outputs[1 + self.plan.auxiliary.cell]  # the stem comes first
        return self.forward_head(outputs[-1]), self.auxiliary(middle)

    def forward_features(self, x: Tensor) -> Tensor:
        """Map images (n, C, S, S) to the rectified output of the last cell (n, C', S', S')."""
        last = x
        for output in self.outputs(x):
            last = output
        return last

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Map the output of `forward_features` to logits (n, classes).

        With ``pre_logits``, to what the classifier would read: (n, C') after pooling and dropout.
        """
        x = self.dropout(self.global_pool(x))
        return x if pre_logits else self.classifier(x)

    def outputs(self, x: Tensor) -> Iterator[Tensor]:
        """Yield the rectified outputs of the stem and of each cell, in order."""
        stem = self.stem(x)
        newer = functional.relu(stem)
        # Only the first cell may take the stem as it is; every other reader begins with a ReLU.
        as_it_is = self.plan.cells[0].inputs[0].kind == "identity"
        older = stem if as_it_is else newer
        yield newer
        for cell in self.cells:
            older, newer = newer, self.run_cell(cell, older, newer)
            yield newer

    def run_cell(self, cell: nn.Module, older: Tensor, newer: Tensor) -> Tensor:
        """Run one cell on c-2 and c-1."""
        return cell(older, newer)
