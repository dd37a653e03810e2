"""The task of a segmentation network: loss of its pixels, two learning rates, mean IOU (5.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm  # of one process or several, timm's too

from renas_space import InputError
from renas_trainer.parameter_groups import parameter_groups
from renas_trainer.segmentation.deeplab import DeepLab
from renas_trainer.segmentation.masks import VOID
from renas_trainer.segmentation.recipe import VocRecipe
from renas_trainer.segmentation.scoring import SegmentationScore, score
from renas_trainer.unused_parameters import freeze_unused

if TYPE_CHECKING:
    from lightning_fabric import Fabric  # takes seconds to import


@dataclass(frozen=True, slots=True)
class Segmentation:
    """What a `DeepLab` learns. It implements `Task`."""

    recipe: VocRecipe
    """Learning rates, and whether the encoder's BN learns."""
    classes: int
    """Of a pixel."""

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the figures of its scores."""
        return ("miou", "pixel_accuracy")

    def for_training(self, network: nn.Module) -> nn.Module:
        """Return the network: it maps pixels (n, 3, S, S) to logits (n, classes, S, S).

        Raises:
            InputError: BN is to be frozen, and the encoder has none.
        """
        device = next(network.parameters()).device
        freeze_unused(network, torch.zeros(1, 3, 64, 64, device=device))
        if self.recipe.freeze_norms:
            norms = _norms(network)
            if not norms:
                raise InputError("the encoder has no batch normalisation: leave freeze_norms out")
            for norm in norms:
                norm.requires_grad_(False)
        return network

    def parameter_groups(self, network: nn.Module) -> list[dict[str, Any]]:
        """Return the groups of the head, at the recipe's rate, and of the encoder, at its share."""
        whole = cast("DeepLab", network)
        head = nn.ModuleList([whole.decoder, whole.head])
        return [
            *parameter_groups(head, self.recipe),
            *parameter_groups(whole.encoder, self.recipe, self.recipe.encoder_rate),
        ]

    def start_epoch(self, network: nn.Module, growth: float) -> None:  # noqa: ARG002 (of the protocol)
        """Keep the statistics of the encoder's BN, where the recipe says so."""
        if self.recipe.freeze_norms:
            for norm in _norms(network):
                norm.eval()

    def loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Return the mean cross entropy of the pixels that are not void.

        Args:
            outputs: logits (n, classes, S, S).
            labels: int64 (n, S, S).
        """
        total = functional.cross_entropy(outputs, labels, ignore_index=VOID, reduction="sum")
        return total / (labels != VOID).sum().clamp(min=1)  # crops may be all void

    def score(
        self, network: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], fabric: "Fabric"
    ) -> SegmentationScore:
        """Compare predictions with masks."""
        return score(network, batches, fabric, classes=self.classes)


def _norms(network: nn.Module) -> list[nn.Module]:
    """Return every BN of the encoder."""
    encoder = cast("DeepLab", network).encoder
    return [module for module in encoder.modules() if isinstance(module, _BatchNorm)]
