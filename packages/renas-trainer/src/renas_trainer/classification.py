"""The task of a classifier: the loss of both heads, drop path, top-1 and top-5 (5.2, 5.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from renas_trainer.network import CellNetwork
from renas_trainer.objective import training_loss
from renas_trainer.parameter_groups import parameter_groups
from renas_trainer.recipes import ClassificationRecipe
from renas_trainer.scoring import ClassificationScore, score
from renas_trainer.unused_parameters import freeze_unused

if TYPE_CHECKING:
    from lightning_fabric import Fabric  # takes seconds to import


class BothHeads(nn.Module):
    """A network that returns both heads' logits from `forward`, where DDP and compilers look."""

    def __init__(self, network: CellNetwork) -> None:
        """Wrap a network."""
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Map images (n, C, S, S) to logits and auxiliary logits, each (n, classes)."""
        return self.network.forward_with_auxiliary(x)


@dataclass(frozen=True, slots=True)
class Classification:
    """What a `CellNetwork` learns. It implements `Task`."""

    recipe: ClassificationRecipe
    """How the loss is made up, and what is dropped."""

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the figures of its scores."""
        return ("top1", "top5")

    def for_training(self, network: nn.Module) -> nn.Module:
        """Return a module that maps pixels (n, C, S, S) to the logits of both heads."""
        whole = cast("CellNetwork", network)
        model, plan = BothHeads(whole), whole.plan
        shape = (1, plan.channels, plan.image_size, plan.image_size)
        freeze_unused(model, torch.zeros(shape, device=whole.classifier.weight.device))
        return model

    def parameter_groups(self, network: nn.Module) -> list[dict[str, Any]]:
        """Return weights of convolutions and classifiers, and all the rest."""
        return parameter_groups(network, self.recipe)

    def start_epoch(self, network: nn.Module, growth: float) -> None:
        """Let the probability of drop path grow with the training, as in NASNet (our choice)."""
        cast("CellNetwork", network).set_drop_path(self.recipe.drop_path * growth)

    def loss(self, outputs: tuple[Tensor, Tensor | None], labels: Tensor) -> Tensor:
        """Return the mean loss of some images; labels are int64 (n,)."""
        logits, auxiliary_logits = outputs
        return training_loss(logits, auxiliary_logits, labels, self.recipe)

    def score(
        self, network: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], fabric: "Fabric"
    ) -> ClassificationScore:
        """Count what a network classifies rightly."""
        return score(network, batches, fabric)
