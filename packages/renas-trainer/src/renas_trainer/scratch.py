"""Training from scratch: how the final population, and any rival of a child, is judged."""

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from renas_space import InputError
from renas_space.plan import NetworkPlan
from renas_trainer.augment import AugmentPolicy
from renas_trainer.compute import is_fused, renew_scaler
from renas_trainer.data import ImageData
from renas_trainer.loop import accuracy, steps_of_epoch, train_epoch
from renas_trainer.network import CellNetwork
from renas_trainer.recipes import check_from_zero, check_probabilities

if TYPE_CHECKING:
    from lightning_fabric import Fabric  # takes seconds to import


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchRecipe:
    """How a network is trained from scratch: the paper's CIFAR-10 optimizer, in few epochs."""

    epochs: int
    """Passes over the training images (the paper's Fig. 4: 20)."""
    batch_size: int = 64
    """Images of a step (our choice)."""
    learning_rate: float = 0.05
    """At the start (section 5.2)."""
    learning_rate_end: float = 0.001
    """At the end of half a cosine (our choice)."""
    momentum: float = 0.9
    """Of SGD (section 5.2)."""
    weight_decay: float = 3e-4
    """Of SGD (section 5.2)."""
    cutout: int = 0
    """Side of the square that is blanked in training images, in pixels; 0 for none."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            InputError: a setting is out of range.
        """
        if self.epochs < 1 or self.batch_size < 2:
            raise InputError(
                f"a network is trained for {self.epochs} epochs in batches of {self.batch_size}: "
                "give at least 1 epoch and 2 images"
            )
        rate, end = self.learning_rate, self.learning_rate_end
        if not 0 <= end <= rate < math.inf or rate == 0:
            raise InputError(
                f"the learning rate goes from {rate} to {end}: "
                "give a number above 0 and one between 0 and it"
            )
        check_probabilities(self, "momentum")
        check_from_zero(self, "weight_decay")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchResult:
    """What came of a training from scratch."""

    accuracy: float
    """On the validation images after the last pass, 0 to 1."""
    test_accuracy: float | None
    """On the test images, where the data set has them."""
    curve: tuple[float, ...]
    """Validation accuracy after each pass."""
    loss: float
    """Mean training loss of the last pass."""
    seconds: float
    """Wall time."""
    state: dict[str, Tensor]
    """The trained weights."""


def train_from_scratch(
    plan: NetworkPlan, data: ImageData, recipe: ScratchRecipe, *, seed: int, fabric: "Fabric"
) -> ScratchResult:
    """Train a network with new weights and score it.

    Args:
        plan: of the network.
        data: what it learns from and is scored on.
        recipe: how.
        seed: of its weights, the order of the images and their augmentation.
        fabric: device and precision.

    Raises:
        InputError: there is one training image only, or the plan is for other images.
        DivergedError: the loss is not finite.
    """
    start = time.perf_counter()
    data.check_plan(plan)
    renew_scaler(fabric)
    generator = torch.Generator().manual_seed(seed)
    network = CellNetwork(plan, generator=generator).to(memory_format=torch.channels_last)
    data = data.to(fabric.device)
    policy = AugmentPolicy.for_data(data, cutout=recipe.cutout)

    sgd = torch.optim.SGD(
        network.parameters(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        fused=is_fused(fabric),
    )
    steps = recipe.epochs * steps_of_epoch(len(data.train), recipe.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(sgd, steps, recipe.learning_rate_end)
    trained, optimizer = fabric.setup(network, sgd)

    loss, curve = float("nan"), list[float]()
    for _ in range(recipe.epochs):
        loss = train_epoch(
            trained,
            optimizer,
            data,
            policy,
            batch_size=recipe.batch_size,
            generator=generator,
            fabric=fabric,
            after_step=schedule.step,
        )
        curve.append(accuracy(trained, data.validation, data))
    return ScratchResult(
        accuracy=curve[-1],
        test_accuracy=None if data.test is None else accuracy(trained, data.test, data),
        curve=tuple(curve),
        loss=loss,
        seconds=time.perf_counter() - start,
        state=network.state_dict(),
    )
