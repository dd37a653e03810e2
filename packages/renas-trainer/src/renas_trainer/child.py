"""The evaluation of one individual: inherit, fine-tune for one pass, score (section 3.3)."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from renas_space import InputError
from renas_space.plan import NetworkPlan
from renas_trainer.augment import AugmentPolicy
from renas_trainer.compute import is_fused, renew_scaler
from renas_trainer.data import ImageData
from renas_trainer.inheritance import Inheritance, Ledger, Parent, inherit
from renas_trainer.loop import accuracy, train_epoch
from renas_trainer.network import CellNetwork
from renas_trainer.recipes import check_above_zero, check_from_zero, check_probabilities

if TYPE_CHECKING:
    from lightning_fabric import Fabric  # takes seconds to import


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRecipe:
    """How an individual is trained during the search (section 3.3)."""

    epochs: int = 1
    """Passes over the training images (the paper: one)."""
    batch_size: int = 64
    """Images of a step (our choice)."""
    learning_rate_new: float = 0.01
    """Of tensors that are new or taken over in part; of all, where there is no parent."""
    learning_rate_inherited: float = 0.001
    """Of tensors that were taken over whole."""
    momentum: float = 0.9
    """Of SGD (our choice)."""
    weight_decay: float = 3e-4
    """Of SGD (our choice: that of the paper's CIFAR-10 recipe)."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            InputError: a setting is out of range.
        """
        if self.epochs < 1 or self.batch_size < 2:
            raise InputError(
                f"a child is trained for {self.epochs} epochs in batches of {self.batch_size}: "
                "give at least 1 epoch and 2 images"
            )
        check_above_zero(self, "learning_rate_new", "learning_rate_inherited")
        check_probabilities(self, "momentum")
        check_from_zero(self, "weight_decay")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildResult:
    """What came of an individual."""

    fitness: float
    """Accuracy on the validation images after training, 0 to 1."""
    fitness_before: float | None
    """The same with inherited weights, before any training; None without a parent."""
    loss: float
    """Mean training loss of the last pass."""
    ledger: Ledger | None
    """What was inherited; None without a parent."""
    epochs: int
    """Passes over the training images."""
    seconds: float
    """Wall time."""
    state: dict[str, Tensor]
    """The trained weights."""


def train_child(
    plan: NetworkPlan,
    data: ImageData,
    recipe: ChildRecipe,
    *,
    parent: Parent | None,
    seed: int,
    fabric: "Fabric",
) -> ChildResult:
    """Train and score one individual.

    Args:
        plan: of its network.
        data: what it learns from and is scored on.
        recipe: how.
        parent: whom it inherits from; None for one of the initial population.
        seed: of its new weights, the order of the images and their augmentation.
        fabric: device and precision.

    Raises:
        InputError: there is one training image only, or the plan is for other images.
        DivergedError: the loss is not finite.
    """
    start = time.perf_counter()
    data.check_plan(plan)
    renew_scaler(fabric)
    generator = torch.Generator().manual_seed(seed)
    network = CellNetwork(plan, generator=generator)
    inheritance = None if parent is None else inherit(network, parent)
    data = data.to(fabric.device)
    policy = AugmentPolicy.for_data(data)

    network = network.to(memory_format=torch.channels_last)
    sgd = torch.optim.SGD(
        _groups(network, inheritance, recipe),
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        fused=is_fused(fabric),
    )
    trained, optimizer = fabric.setup(network, sgd)

    before = None if parent is None else accuracy(trained, data.validation, data)
    loss = float("nan")
    for _ in range(recipe.epochs):
        loss = train_epoch(
            trained,
            optimizer,
            data,
            policy,
            batch_size=recipe.batch_size,
            generator=generator,
            fabric=fabric,
        )
    return ChildResult(
        fitness=accuracy(trained, data.validation, data),
        fitness_before=before,
        loss=loss,
        ledger=None if inheritance is None else inheritance.ledger,
        epochs=recipe.epochs,
        seconds=time.perf_counter() - start,
        state=network.state_dict(),
    )


def _groups(
    network: nn.Module, inheritance: Inheritance | None, recipe: ChildRecipe
) -> list[dict[str, object]]:
    """Return parameter groups with their learning rates: new and sliced tensors, kept ones."""
    kinds = {} if inheritance is None else inheritance.kinds
    kept: list[nn.Parameter] = []
    fresh: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        (kept if kinds.get(name) == "kept" else fresh).append(parameter)
    groups = [(fresh, recipe.learning_rate_new), (kept, recipe.learning_rate_inherited)]
    return [{"params": members, "lr": rate} for members, rate in groups if members]
