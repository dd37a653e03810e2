"""Squares cut from photographs, by chance or from the middle, decoded by worker processes."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from renas_trainer.augment import normalise
from renas_trainer.data.decoding import read_photograph
from renas_trainer.data.image_folder import ImageFolder
from renas_trainer.loading import Key, load_batches

SCORED_AT_ONCE = 64
"""Photographs of a batch where nothing is learned."""

Crop = Callable[[Path, int | None], Tensor]
"""Reads an image, given its path and that seed: uint8 (3, S, S)."""


def chance_crop(
    path: Path, seed: int | None, *, least: int, most: int, size: int, flip: bool = True
) -> Tensor:
    """Read an image, resize it by chance, crop it anywhere, mirror it or not (5.3).

    Args:
        path: of the image.
        seed: where chance comes from.
        least: what its shorter side may become, in pixels: from this.
        most: to this.
        size: height and width of the crop, at most ``least``.
        flip: whether it may be mirrored.

    Returns:
        uint8 (3, S, S), S the size.

    Raises:
        InputError: the image cannot be read.
    """
    rng = random.Random(seed)
    shorter = rng.randint(least, most)
    image = read_photograph(path, "RGB", shorter)
    wide, tall = _resized(image, shorter)
    corner = (rng.randint(0, wide - size), rng.randint(0, tall - size))
    pixels = _cut(image, (wide, tall), corner, size)
    return pixels.flip(2) if flip and rng.random() < 0.5 else pixels


def central_crop(path: Path, _: int | None = None, *, shorter: int, size: int) -> Tensor:
    """Read an image, resize its shorter side and cut out the middle (our choice).

    Args:
        path: of the image.
        shorter: what its shorter side is resized to, in pixels.
        size: height and width of the middle, at most ``shorter``.

    Returns:
        uint8 (3, S, S), S the size.

    Raises:
        InputError: the image cannot be read.
    """
    image = read_photograph(path, "RGB", shorter)
    wide, tall = _resized(image, shorter)
    return _cut(image, (wide, tall), ((wide - size) // 2, (tall - size) // 2), size)


def central_batches(
    folder: ImageFolder,
    *,
    shorter: int,
    size: int,
    mean: Sequence[float],
    std: Sequence[float],
    workers: int,
    device: torch.device,
    rank: int = 0,
    processes: int = 1,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the middle of each photograph of a folder, in order, for a network to be scored on.

    Args:
        folder: of the photographs.
        shorter: what their shorter sides are resized to, in pixels.
        size: height and width of the middle, in pixels.
        mean: taken off, by channel, in grey levels.
        std: what they are divided by then, likewise.
        workers: processes that decode.
        device: where the network is.
        rank: of the process that this is for; it gets every so many-th photograph.
        processes: how many there are.

    Yields:
        Pixels, float32 (n, 3, S, S), normalised and channels last; labels, int64 (n,).

    Raises:
        InputError: an image cannot be read.
    """
    mine = range(rank, len(folder.files), processes)
    keys: Iterator[list[Key]] = (
        [(index, None) for index in mine[start : start + SCORED_AT_ONCE]]
        for start in range(0, len(mine), SCORED_AT_ONCE)
    )
    crop = partial(central_crop, shorter=shorter, size=size)
    for images, labels in load_crops(folder, crop, keys, workers=workers, device=device):
        yield normalised_on(images, mean, std, device), labels.to(device, non_blocking=True)


def normalised_on(
    images: Tensor, mean: Sequence[float], std: Sequence[float], device: torch.device
) -> Tensor:
    """Return uint8 images (n, C, S, S) as float32 on a device, channels last."""
    mean_there, std_there = (torch.tensor(values, device=device) for values in (mean, std))
    return normalise(images.to(device, non_blocking=True), mean_there, std_there)


def load_crops(
    folder: ImageFolder,
    crop: Crop,
    keys: Iterable[list[Key]],
    *,
    workers: int,
    device: torch.device,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield uint8 images (n, 3, S, S), channels last, and labels (n,) of each group of keys.

    Args:
        folder: of the images.
        crop: reads one.
        keys: of the images of each batch.
        workers: processes that read; 0 reads in this one.
        device: where the images will go.

    Raises:
        InputError: an image cannot be read.
    """
    return load_batches(partial(_read, folder, crop), keys, workers=workers, device=device)


def _read(folder: ImageFolder, crop: Crop, key: Key) -> tuple[Tensor, Tensor]:
    """Read a crop and its label."""
    index, seed = key
    return crop(folder.files[index], seed), torch.tensor(folder.labels[index])


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
