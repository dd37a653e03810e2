"""Images as a training reads them: batch after batch, in an order that depends on a seed alone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, Self

import torch
from torch import Tensor

from renas_space import InputError
from renas_trainer.augment import AugmentPolicy, augment, normalise
from renas_trainer.data import ImageData, Split
from renas_trainer.distributed import Shards, derived_seed
from renas_trainer.loop import EVALUATION_BATCH

Batch = tuple[Tensor, Tensor]
"""Pixels, float32 (n, C, S, S), normalised and channels last; labels, int64 (n,)."""


class TrainingImages(Protocol):
    """What a network learns from, and what it is scored on."""

    @property
    def train_count(self) -> int:
        """Images to train on."""
        ...

    @property
    def evaluation_count(self) -> int:
        """Images to score on."""
        ...

    @property
    def digest(self) -> str:
        """Says whether two sets are the same."""
        ...

    def shards(self, epoch: int, first_step: int, shards: Shards, seed: int) -> Iterator[Batch]:
        """Yield this process's shards of an epoch, those of a step after those of the one before.

        Args:
            epoch: from 0.
            first_step: of the epoch, from 0: those before are left out.
            shards: who takes what.
            seed: of the order and of the augmentation.
        """
        ...

    def to_score(self, rank: int, processes: int) -> Iterator[Batch]:
        """Yield what one of some processes scores; together they see each image once."""
        ...


def epoch_batches(
    count: int, batch_size: int, epoch: int, first_step: int, seed: int
) -> list[Tensor]:
    """Return the indices of each step's images, int64 (batch_size,), in the order of an epoch.

    What does not fill a batch is left out; in another order next time.
    """
    generator = torch.Generator().manual_seed(derived_seed(seed, "order", epoch))
    order = torch.randperm(count, generator=generator)
    steps = count // batch_size
    return list(order[: steps * batch_size].split(batch_size))[first_step:]


def check_batch_size(images: int, batch_size: int) -> None:
    """Check that there is a step in an epoch.

    Raises:
        InputError: there are fewer images than a batch has.
    """
    if images < batch_size:
        raise InputError(
            f"a batch has {batch_size} images and there are {images} to train on: "
            "give a smaller batch size"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MemoryImages:
    """A data set in memory, augmented in batches. It implements `TrainingImages`."""

    data: ImageData
    """On the device of the network; its training images are all that is trained on."""
    policy: AugmentPolicy
    """What is done to training images."""
    scored: Split
    """What the network is scored on, on that device too."""

    @classmethod
    def of(
        cls, data: ImageData, *, cutout: int, hold_out: bool, device: torch.device | str
    ) -> Self:
        """Take a data set for training.

        Args:
            data: from `load_data`.
            cutout: side of the blanked square in pixels.
            hold_out: whether to keep the validation images apart and to score on them. Otherwise
                they are trained on too, and test images are scored (5.2), where there are any.
            device: where the network is.
        """
        if hold_out or data.test is None:
            scored = data.validation
        else:
            scored = data.test
            data = replace(data, train=_joined(data.train, data.validation))
        return cls(
            data=data.to(device),
            policy=AugmentPolicy.for_data(data, cutout=cutout),
            scored=scored.to(device),
        )

    @property
    def train_count(self) -> int:
        """Images to train on."""
        return len(self.data.train)

    @property
    def evaluation_count(self) -> int:
        """Images to score on."""
        return len(self.scored)

    @property
    def digest(self) -> str:
        """Of all images, by `ImageData`."""
        return self.data.digest

    def shards(self, epoch: int, first_step: int, shards: Shards, seed: int) -> Iterator[Batch]:
        """Yield this process's shards of an epoch; see `TrainingImages`."""
        train = self.data.train
        batches = epoch_batches(len(train), shards.batch_size, epoch, first_step, seed)
        for step, batch in enumerate(batches, start=first_step):
            for shard in shards.mine:
                chance = derived_seed(seed, "augment", epoch, step, shard)
                generator = torch.Generator().manual_seed(chance)
                indices = shards.cut(batch, shard).to(train.labels.device)
                images, labels = train.take(indices)
                images = augment(images, self.policy, generator)
                yield normalise(images, self.data.mean, self.data.std), labels

    def to_score(self, rank: int, processes: int) -> Iterator[Batch]:
        """Yield what one of some processes scores."""
        device = self.scored.labels.device
        indices = torch.arange(len(self.scored), device=device)[rank::processes]
        for start in range(0, len(indices), EVALUATION_BATCH):
            part = indices[start : start + EVALUATION_BATCH]
            images, labels = self.scored.take(part)
            yield normalise(images, self.data.mean, self.data.std), labels


def _joined(first: Split, second: Split) -> Split:
    """Return the images of two splits as one."""
    return Split(
        images=torch.cat([first.images, second.images]),
        labels=torch.cat([first.labels, second.labels]),
    )
