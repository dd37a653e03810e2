"""An image and its mask, read and transformed together, by torchvision's transforms (5.4)."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional

from renas_trainer.data.decoding import read_photograph
from renas_trainer.segmentation.masks import VOID, check_size, read_mask

_WHOLE = 2**30
"""A size, in pixels, that no image is decoded smaller for."""


def read_pair(image: Path, mask: Path, classes: int) -> tuple[Tensor, Tensor]:
    """Read an image and its mask, both as they are stored, as torchvision does.

    Args:
        image: of any format; a camera's note of how to turn it is passed over, since nobody knows
            whether the mask follows it.
        mask: see `read_mask`.
        classes: how many there are.

    Returns:
        uint8 (3, H, W), and uint8 (H, W) with classes or void.

    Raises:
        InputError: a file cannot be read, a class is out of range, or the sizes differ.
    """
    pixels = read_image(image, upright=False)
    indices = torch.from_numpy(read_mask(mask, classes))
    (height, width), (mask_height, mask_width) = pixels.shape[1:], indices.shape
    check_size(mask, (mask_width, mask_height), (width, height))
    return pixels, indices


def read_image(path: Path, *, upright: bool = True) -> Tensor:
    """Read an image at its full size: uint8 (3, H, W).

    Args:
        path: of the image.
        upright: whether a camera's note of how to turn it is followed.

    Raises:
        InputError: it cannot be read.
    """
    image = read_photograph(path, "RGB", _WHOLE, upright=upright)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


def chance_crop(
    image: Tensor,
    mask: Tensor,
    rng: random.Random,
    *,
    least: float,
    most: float,
    size: int,
    fill: Sequence[float],
) -> tuple[Tensor, Tensor]:
    """Resize an image and its mask by chance, crop them anywhere, mirror them or not.

    Where the resized image is smaller than the crop, it is padded: the image by a colour, the mask
    by void. It may lie anywhere in the crop then.

    Args:
        image: uint8 (3, H, W).
        mask: uint8 (H, W).
        rng: where chance comes from.
        least: the factor by which it is resized is uniform from this.
        most: to this.
        size: height and width of the crop, S.
        fill: colour of the padding, in grey levels.

    Returns:
        uint8 (3, S, S) and uint8 (S, S).
    """
    side = max(round(size / rng.uniform(least, most)), 1)  # of the crop, before it is resized
    height, width = image.shape[1:]
    missing = (max(side - width, 0), max(side - height, 0))
    left, top = (rng.randint(0, count) for count in missing)
    padding = [left, top, missing[0] - left, missing[1] - top]
    corner_top = rng.randint(0, max(height - side, 0))
    corner_left = rng.randint(0, max(width - side, 0))
    mirrored = rng.random() < 0.5
    cropped: list[Tensor] = []
    fills: list[tuple[Tensor, Any]] = [
        (tv_tensors.Image(image), list(fill)),
        (tv_tensors.Mask(mask), VOID),
    ]
    for one, colour in fills:
        if any(padding):
            one = functional.pad(one, padding, fill=colour)
        one = functional.resized_crop(one, corner_top, corner_left, side, side, [size, size])
        one = functional.horizontal_flip(one) if mirrored else one
        cropped.append(one.as_subclass(Tensor))
    return cropped[0], cropped[1]
