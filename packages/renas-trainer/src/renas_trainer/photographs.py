"""Photographs in class folders, decoded while a network trains (5.3): ImageNet and its like.

Chance is drawn for each image of each epoch by itself, so the images are the same with any number
of workers and processes, and after a resumption.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from renas_space import InputError
from renas_trainer.augment import normalise
from renas_trainer.colour import colour_shifts
from renas_trainer.data.decoding import read_photograph
from renas_trainer.data.folder import VALIDATION_NAMES
from renas_trainer.data.image_folder import ImageFolder, class_folders, find_images
from renas_trainer.data.pool import Pool
from renas_trainer.distributed import Shards, derived_seed
from renas_trainer.recipes import ImageNetRecipe
from renas_trainer.training_images import Batch, epoch_batches

MEAN = (123.68, 116.78, 103.94)
"""Of red, green and blue in grey levels (authors' code)."""

STD = (1 / 0.017,) * 3
"""Authors' code: they multiply by 0.017."""

SCORED_AT_ONCE = 64
"""Photographs of a batch where nothing is learned."""

Key = tuple[int, int | None]
"""An image's index, and the seed of its chance; None for the central crop."""


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
        there = [name for name in VALIDATION_NAMES if class_folders(directory / name)]
        if not there:
            raise InputError(
                f"{directory} has no class folders in val: give a directory with "
                "train/<class>/* and val/<class>/*"
            )
        scored = find_images(directory / there[0], train.classes)
        missing = sorted(set(range(len(train.classes))) - set(scored.labels))
        if missing:
            name = train.classes[missing[0]]
            raise InputError(
                f"{directory / there[0]} has no class folder {name!r}, which train has: "
                "add it, or remove it there"
            )
        picked = Pool(torch.tensor(train.labels), seed).balanced(train_images)
        held_out = Pool(torch.tensor(scored.labels), seed)
        return cls(
            train=_some(train, picked),
            scored=scored
            if validation_images is None
            else _some(scored, held_out.stratified(validation_images, keep=0)),
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
                digest.update(f"{label}/{file.name}:{size}\n".encode())
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
        loaded = self._load(_Crops(self.train, self.recipe, plain=plain), keys)
        for (step, shard, _), (images, labels) in zip(turns, loaded, strict=True):
            pixels = self._normalised(images)
            if self.recipe.colour and not plain:
                chance = derived_seed(seed, "colour", epoch, step, shard)
                generator = torch.Generator().manual_seed(chance)
                shift = colour_shifts(len(labels), generator) / torch.tensor(STD)
                pixels += shift.to(self.device)[:, :, None, None]
            yield pixels, labels.to(self.device)

    def to_score(self, rank: int, processes: int) -> Iterator[Batch]:
        """Yield what one of some processes scores."""
        mine = range(rank, len(self.scored.files), processes)
        keys: Iterator[list[Key]] = (
            [(index, None) for index in mine[start : start + SCORED_AT_ONCE]]
            for start in range(0, len(mine), SCORED_AT_ONCE)
        )
        for images, labels in self._load(_Crops(self.scored, self.recipe, plain=True), keys):
            yield self._normalised(images), labels.to(self.device)

    def _normalised(self, images: Tensor) -> Tensor:
        """Return uint8 images (n, 3, S, S) as float32 on the device, channels last."""
        mean, std = (torch.tensor(values, device=self.device) for values in (MEAN, STD))
        return normalise(images.to(self.device, non_blocking=True), mean, std)

    def _load(self, crops: "_Crops", keys: Iterable[list[Key]]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield uint8 images (n, 3, S, S) and labels (n,) of each group of keys.

        Raises:
            InputError: an image cannot be read.
        """
        loader: DataLoader[Any] = DataLoader(
            crops,
            batch_sampler=keys,
            num_workers=self.workers,
            collate_fn=_collate,
            pin_memory=self.device.type == "cuda",
        )
        for loaded in loader:
            if isinstance(loaded, str):
                raise InputError(loaded)
            yield loaded


class _Crops(Dataset[Any]):
    """Reads and crops the images of a folder; what cannot be read becomes its message.

    An error that a worker raises reaches the training with a traceback for a message.
    """

    def __init__(self, folder: ImageFolder, recipe: ImageNetRecipe, *, plain: bool) -> None:
        self._folder, self._recipe, self._plain = folder, recipe, plain

    def __getitem__(self, key: Key) -> tuple[Tensor, int] | str:
        index, seed = key
        try:
            if seed is None:
                pixels = central_crop(self._folder.files[index], self._recipe)
            else:
                rng = random.Random(seed)
                file = self._folder.files[index]
                pixels = random_crop(file, self._recipe, plain=self._plain, rng=rng)
        except InputError as error:
            return str(error)
        return pixels, self._folder.labels[index]


def random_crop(path: Path, recipe: ImageNetRecipe, *, plain: bool, rng: random.Random) -> Tensor:
    """Read an image, resize it by chance, crop it anywhere, mirror it or not (5.3).

    Args:
        path: of the image.
        recipe: the sizes.
        plain: whether its shorter side becomes that of the evaluation, not one by chance.
        rng: where chance comes from.

    Returns:
        uint8 (3, S, S), S the recipe's crop size.

    Raises:
        InputError: the image cannot be read.
    """
    ends = (recipe.scale_least, recipe.scale_most)
    least, most = (recipe.in_pixels(recipe.evaluation_scale if plain else end) for end in ends)
    shorter = rng.randint(least, most)
    image = read_photograph(path, "RGB", shorter)
    wide, tall = _resized(image, shorter)
    left, top = rng.randint(0, wide - recipe.crop_size), rng.randint(0, tall - recipe.crop_size)
    pixels = _cut(image, (wide, tall), (left, top), recipe.crop_size)
    return pixels.flip(2) if rng.random() < 0.5 else pixels


def central_crop(path: Path, recipe: ImageNetRecipe) -> Tensor:
    """Read an image, resize its shorter side and crop the middle (our choice).

    Returns:
        uint8 (3, S, S), S the recipe's crop size.

    Raises:
        InputError: the image cannot be read.
    """
    shorter, size = recipe.in_pixels(recipe.evaluation_scale), recipe.crop_size
    image = read_photograph(path, "RGB", shorter)
    wide, tall = _resized(image, shorter)
    return _cut(image, (wide, tall), ((wide - size) // 2, (tall - size) // 2), size)


def _resized(image: Image.Image, shorter: int) -> tuple[int, int]:
    """Return width and height of an image once its shorter side is resized."""
    factor = shorter / min(image.size)
    return round(image.width * factor), round(image.height * factor)


def _cut(image: Image.Image, size: tuple[int, int], corner: tuple[int, int], crop: int) -> Tensor:
    """Resize an image and cut a square out, of which alone the pixels are computed."""
    box = [
        min(place * old / new, old)
        for shift in (0, crop)
        for place, old, new in (
            (corner[0] + shift, image.width, size[0]),
            (corner[1] + shift, image.height, size[1]),
        )
    ]
    left, top, right, bottom = box
    square = image.resize((crop, crop), Image.Resampling.BILINEAR, box=(left, top, right, bottom))
    return torch.from_numpy(np.array(square)).permute(2, 0, 1)


def _collate(loaded: Sequence[tuple[Tensor, int] | str]) -> tuple[Tensor, Tensor] | str:
    """Return images and labels of a batch, or the first message."""
    pairs: list[tuple[Tensor, int]] = []
    for item in loaded:
        if isinstance(item, str):
            return item
        pairs.append(item)
    images = torch.stack([image.permute(1, 2, 0) for image, _ in pairs])
    return images.permute(0, 3, 1, 2), torch.tensor([label for _, label in pairs])


def _some(folder: ImageFolder, indices: Tensor) -> ImageFolder:
    """Return some of a folder's images."""
    chosen = indices.tolist()
    return replace(
        folder,
        files=tuple(folder.files[index] for index in chosen),
        labels=tuple(folder.labels[index] for index in chosen),
    )
