"""One pass over the training images, and the accuracy on held-out ones."""

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from renas_space import InputError
from renas_trainer.augment import AugmentPolicy, augment, normalise
from renas_trainer.data import ImageData, Split

if TYPE_CHECKING:
    from lightning_fabric import Fabric  # takes seconds to import

EVALUATION_BATCH = 500
"""Images at a time where nothing is learned."""


class DivergedError(ArithmeticError):
    """The loss became infinite or not a number."""


def train_epoch(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    data: ImageData,
    policy: AugmentPolicy,
    *,
    batch_size: int,
    generator: torch.Generator,
    fabric: "Fabric",
    after_step: Callable[[], object] = lambda: None,
) -> float:
    """Train on every image once, in a new order, and return the mean loss of an image.

    Args:
        network: maps images (n, C, S, S) to logits (n, classes); as set up by ``fabric``.
        optimizer: as set up by ``fabric``.
        data: on the device of the network.
        policy: augmentation.
        batch_size: images of a step, those of the last as `step_sizes` says.
        generator: of the order and of the augmentation; on the CPU.
        fabric: runs the backward pass in its precision.
        after_step: is called after every step; a learning rate's schedule, for example.

    Raises:
        InputError: there is one training image only.
        DivergedError: the loss of the pass is not finite.
    """
    network.train()
    total = torch.zeros((), device=fabric.device)
    seen = 0
    for images, labels in _batches(data.train, batch_size, generator):
        pixels = normalise(augment(images, policy, generator), data.mean, data.std)
        loss = functional.cross_entropy(network(pixels), labels)
        fabric.backward(loss)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        after_step()
        total += loss.detach() * len(labels)  # stays on the device: nothing waits for it
        seen += len(labels)
    mean = float(total) / seen
    if not math.isfinite(mean):
        raise DivergedError(f"the loss is {mean}: try a lower learning rate")
    return mean


@torch.inference_mode()
def accuracy(network: nn.Module, split: Split, data: ImageData) -> float:
    """Return the share of a split's images that a network classifies rightly, 0 to 1.

    Args:
        network: maps images (n, C, S, S) to logits (n, classes).
        split: images of ``data``, on the device of the network.
        data: the data set, for its normalisation.
    """
    network.eval()
    correct = torch.zeros((), dtype=torch.int64, device=split.labels.device)
    for start in range(0, len(split), EVALUATION_BATCH):
        stop = start + EVALUATION_BATCH
        logits = network(normalise(split.images[start:stop], data.mean, data.std))
        correct += (logits.argmax(1) == split.labels[start:stop]).sum()
    return int(correct) / len(split)


def step_sizes(images: int, batch_size: int) -> list[int]:
    """Return how many images each step of `train_epoch` has.

    What is left over makes a last step of its own, but joins the step before where it is one image,
    which BN cannot train on, or less than an eighth of a batch: few images would make a step at the
    full rate and a tenth of BN's statistics, right before the fitness is measured (our choice). So
    a step needs memory for an eighth more images than a batch has, at most, or for one more.
    """
    whole, rest = divmod(images, batch_size)
    sizes = [batch_size] * whole
    if whole and (rest == 1 or 8 * rest < batch_size):
        sizes[-1] += rest
    elif rest:
        sizes.append(rest)
    return sizes


def steps_of_epoch(images: int, batch_size: int) -> int:
    """Return how many steps `train_epoch` makes."""
    return len(step_sizes(images, batch_size))


def _batches(
    split: Split, batch_size: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the images (n, C, S, S), uint8, and labels (n,) of a split in a random order."""
    if len(split) < 2:
        raise InputError("there is one training image: give two or more, as BN needs")
    order = torch.randperm(len(split), generator=generator).to(split.labels.device)
    for indices in order.split(step_sizes(len(split), batch_size)):
        yield split.take(indices)
