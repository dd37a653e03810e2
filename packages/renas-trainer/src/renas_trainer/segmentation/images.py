"""Images with masks, decoded while a network trains (5.4): PASCAL VOC and its like.

Chance is drawn for each image of each epoch by itself, so the images are the same with any number
of workers and processes, and after a resumption.
"""

import hashlib
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from renas_trainer.crops import normalised_on
from renas_trainer.distributed import Shards, derived_seed
from renas_trainer.loading import Key, load_batches
from renas_trainer.segmentation.pairs import chance_crop, read_pair
from renas_trainer.segmentation.recipe import VocRecipe
from renas_trainer.segmentation.voc import MaskedImages
from renas_trainer.training_images import Batch, epoch_batches


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentationImages:
    """Masked images to train on and to score on. It implements `TrainingImages`."""

    train: MaskedImages
    """What the network learns from."""
    scored: MaskedImages
    """What it is scored on, at full size."""
    recipe: VocRecipe
    """Size and scale of the crops."""
    mean: tuple[float, ...]
    """Taken off the pixels of each channel, in grey levels."""
    std: tuple[float, ...]
    """Then they are divided by this, likewise."""
    workers: int
    """Processes that decode; 0 decodes in the process that trains."""
    device: torch.device
    """Where the network is."""

    @property
    def train_count(self) -> int:
        """Images to train on."""
        return len(self.train)

    @property
    def evaluation_count(self) -> int:
        """Images to score on."""
        return len(self.scored)

    @property
    def digest(self) -> str:
        """Of the classes, and of names and sizes of all files: to read them would take too long."""
        digest = hashlib.sha256(repr(self.train.classes).encode())
        for masked in (self.train, self.scored):
            for file in (*masked.images, *masked.masks):
                digest.update(os.fsencode(f"{file.name}:{file.stat().st_size}\n"))
        return digest.hexdigest()

    def shards(self, epoch: int, first_step: int, shards: Shards, seed: int) -> Iterator[Batch]:
        """Yield this process's shards of an epoch; labels are masks, int64 (n, S, S)."""
        batches = epoch_batches(len(self.train), shards.batch_size, epoch, first_step, seed)
        keys: Iterator[list[Key]] = (
            [
                (index, derived_seed(seed, epoch, index))
                for index in shards.cut(batch, shard).tolist()
            ]
            for batch in batches
            for shard in shards.mine
        )
        fill = tuple(round(value) for value in self.mean)
        read = partial(_read_crop, self.train, self.recipe, fill)
        for images, masks in load_batches(read, keys, workers=self.workers, device=self.device):
            pixels = normalised_on(images, self.mean, self.std, self.device)
            yield pixels, masks.to(self.device, non_blocking=True).long()

    def to_score(self, rank: int, processes: int) -> Iterator[Batch]:
        """Yield what one of some processes scores; labels are masks, int64 (1, H, W)."""
        return full_size_batches(
            self.scored,
            mean=self.mean,
            std=self.std,
            workers=self.workers,
            device=self.device,
            rank=rank,
            processes=processes,
        )


def full_size_batches(
    masked: MaskedImages,
    *,
    mean: Sequence[float],
    std: Sequence[float],
    workers: int,
    device: torch.device,
    rank: int = 0,
    processes: int = 1,
) -> Iterator[Batch]:
    """Yield each image by itself as it is, in order, for a network to be scored on.

    Args:
        masked: the images.
        mean: taken off, by channel, in grey levels.
        std: what they are divided by then, likewise.
        workers: processes that decode.
        device: where the network is.
        rank: of the process that this is for; it gets every so many-th image.
        processes: how many there are.

    Yields:
        Pixels, float32 (1, 3, H, W), normalised and channels last; mask, int64 (1, H, W).

    Raises:
        InputError: an image or a mask cannot be read, or they do not fit.
    """
    keys: Iterator[list[Key]] = ([(index, None)] for index in range(rank, len(masked), processes))
    read = partial(_read_whole, masked)
    for image, mask in load_batches(read, keys, workers=workers, device=device):
        yield normalised_on(image, mean, std, device), mask.to(device, non_blocking=True).long()


def _read_whole(masked: MaskedImages, key: Key) -> tuple[Tensor, Tensor]:
    """Read an image and its mask as they are."""
    index, _ = key
    return read_pair(masked.images[index], masked.masks[index], len(masked.classes))


def _read_crop(
    masked: MaskedImages, recipe: VocRecipe, fill: tuple[int, ...], key: Key
) -> tuple[Tensor, Tensor]:
    """Read an image and its mask, scaled and cropped by chance."""
    image, mask = _read_whole(masked, key)
    return chance_crop(
        image,
        mask,
        random.Random(key[1]),
        least=recipe.scale_least,
        most=recipe.scale_most,
        size=recipe.crop_size,
        fill=fill,
    )
