"""Photographs in class folders, decoded while a network trains (5.3): ImageNet and its like.

Crops are drawn by chance for each image of each epoch, colours for each shard of a step. So images
are the same with any number of workers, with any number of processes that take the same shards, and
after a resumption.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import torch
from timm.data.imagenet_info import ImageNetInfo

from renas_space import InputError
from renas_trainer.checkpoint import ModelMetadata
from renas_trainer.colour import colour_shifts
from renas_trainer.crops import Crop, central_batches, chance_crop, load_crops, normalised_on
from renas_trainer.data.folder import VALIDATION_NAMES
from renas_trainer.data.image_folder import (
    ImageFolder,
    class_folders,
    find_images,
    split_folder,
)
from renas_trainer.data.splitting import Pool
from renas_trainer.distributed import Shards, derived_seed
from renas_trainer.loading import Key
from renas_trainer.recipes import ImageNetRecipe
from renas_trainer.renasnet import GREY_MEAN, GREY_STD
from renas_trainer.training_images import Batch, epoch_batches

MEAN, STD = GREY_MEAN, GREY_STD
"""Of red, green and blue in grey levels (authors' code)."""


def imagenet_metadata(image_size: int) -> ModelMetadata:
    """Return what a network of all ImageNet expects: WordNet's names, and the authors' images.

    Args:
        image_size: height and width that it takes, in pixels.
    """
    return ModelMetadata(
        classes=tuple(ImageNetInfo("imagenet-1k").label_names()),  # as the folders are named
        mean=MEAN,
        std=STD,
        data="imagenet",
        resize=ImageNetRecipe(crop_size=image_size).evaluation_side,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Photographs:
    """Class folders to train on and to score on. It implements `TrainingImages`."""

    train: ImageFolder
    """What the network learns from."""
    scored: ImageFolder
    """What it is scored on."""
    recipe: ImageNetRecipe
    """Sizes and augmentation."""
    workers: int
    """Processes that decode; 0 decodes in the process that trains."""
    device: torch.device
    """Where the network is."""

    @classmethod
    def find(
        cls,
        directory: Path,
        recipe: ImageNetRecipe,
        *,
        train_images: int | None = None,
        validation_images: int | None = None,
        seed: int = 0,
        workers: int = 0,
        device: torch.device | str = "cpu",
    ) -> Self:
        """Find ``train/<class>/*`` and ``val/<class>/*`` in a directory.

        Args:
            directory: of both.
            recipe: sizes and augmentation.
            train_images: how many to train on, class-balanced; None for all.
            validation_images: how many to score on, in proportion; None for all.
            seed: decides which.
            workers: processes that decode.
            device: where the network is.

        Raises:
            InputError: there is no such layout, a class is missing, or there are too few images.
        """
        if not class_folders(directory / "train"):
            raise InputError(
                f"{directory} has no class folders in train: give a directory with "
                "train/<class>/* and val/<class>/*"
            )
        train = find_images(directory / "train")
        held_out = split_folder(directory, VALIDATION_NAMES)
        if held_out is None:
            raise InputError(
                f"{directory} has no class folders in val: give a directory with "
                "train/<class>/* and val/<class>/*"
            )
        scored = find_images(held_out, train.classes)
        missing = sorted(set(range(len(train.classes))) - set(scored.labels))
        if missing:
            name = train.classes[missing[0]]
            raise InputError(
                f"{held_out} has no class folder {name!r}, which train has: "
                "add it, or remove it there"
            )
        picked = Pool(torch.tensor(train.labels), seed).balanced(train_images)
        pool = Pool(torch.tensor(scored.labels), seed)
        return cls(
            train=train.take(picked),
            scored=scored
            if validation_images is None
            else scored.take(pool.stratified(validation_images, keep=0)),
            recipe=recipe,
            workers=workers,
            device=torch.device(device),
        )

    @property
    def train_count(self) -> int:
        """Images to train on."""
        return len(self.train.files)

    @property
    def evaluation_count(self) -> int:
        """Images to score on."""
        return len(self.scored.files)

    @property
    def digest(self) -> str:
        """Of names and sizes of all files: their content would take too long to read."""
        digest = hashlib.sha256()
        for folder in (self.train, self.scored):
            for file, label in zip(folder.files, folder.labels, strict=True):
                size = file.stat().st_size
                digest.update(os.fsencode(f"{label}/{file.name}:{size}\n"))
        return digest.hexdigest()

    def shards(self, epoch: int, first_step: int, shards: Shards, seed: int) -> Iterator[Batch]:
        """Yield this process's shards of an epoch; see `TrainingImages`."""
        plain = epoch >= self.recipe.epochs - self.recipe.plain_epochs  # 5.3: the last epochs
        batches = epoch_batches(len(self.train.files), shards.batch_size, epoch, first_step, seed)
        turns = [
            (step, shard, shards.cut(batch, shard).tolist())
            for step, batch in enumerate(batches, start=first_step)
            for shard in shards.mine
        ]
        keys: Iterator[list[Key]] = (
            [(index, derived_seed(seed, epoch, index)) for index in indices]
            for _, _, indices in turns
        )
        loaded = load_crops(
            self.train, self._crop(plain), keys, workers=self.workers, device=self.device
        )
        for (step, shard, _), (images, labels) in zip(turns, loaded, strict=True):
            pixels = normalised_on(images, MEAN, STD, self.device)
            if self.recipe.colour and not plain:
                chance = derived_seed(seed, "colour", epoch, step, shard)
                generator = torch.Generator().manual_seed(chance)
                shift = colour_shifts(len(labels), generator) / torch.tensor(STD)
                pixels += shift.to(self.device)[:, :, None, None]
            yield pixels, labels.to(self.device, non_blocking=True)

    def to_score(self, rank: int, processes: int) -> Iterator[Batch]:
        """Yield what one of some processes scores."""
        return central_batches(
            self.scored,
            shorter=self.recipe.evaluation_side,
            size=self.recipe.crop_size,
            mean=MEAN,
            std=STD,
            workers=self.workers,
            device=self.device,
            rank=rank,
            processes=processes,
        )

    def _crop(self, plain: bool) -> Crop:
        """Return how a training image is cropped: in plain epochs from the evaluation's scale."""
        recipe = self.recipe
        scales = (recipe.scale_least, recipe.scale_most)
        least, most = (recipe.evaluation_scale,) * 2 if plain else scales
        return partial(
            chance_crop,
            least=recipe.in_pixels(least),
            most=recipe.in_pixels(most),
            size=recipe.crop_size,
            flip=recipe.flip,
        )
