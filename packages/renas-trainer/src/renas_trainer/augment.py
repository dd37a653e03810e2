"""Random crops, flips and cutout of whole batches, on the device they are on.

The paper's recipe (5.2): pad, crop, flip horizontally, and cutout when retraining. Nothing here
goes image by image, and whole rows of pixels are copied at once, which is why images are handled as
(n, H, W, C) inside: a channels-last tensor is just that in memory.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from renas_space import InputError
from renas_trainer.data import ImageData


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentPolicy:
    """What is done to a training image."""

    pad: int
    """Pixels added on each side before an image of the old size is cut out; 0 for no crop."""
    flip: bool
    """Whether each image is mirrored left to right with a probability of one half."""
    cutout: int = 0
    """Side of the square that is blanked, in pixels; 0 for none (16 for 32x32 images)."""
    fill: tuple[int, ...] = (0,)
    """Grey levels of padding and cutout, one for each channel or one for all. The paper pads
    whitened images with zeros, which are the mean: `for_data` takes that of the training images,
    rounded to a grey level (our choice, since augmentation comes before whitening here)."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, value in (("pad", self.pad), ("cutout", self.cutout)):
            if value < 0:
                raise InputError(f"{name} is {value}: give 0 or a number of pixels")
        if not self.fill or not all(0 <= level <= 255 for level in self.fill):
            raise InputError(f"fill is {self.fill}: give grey levels from 0 to 255")

    @classmethod
    def for_data(cls, data: ImageData, cutout: int = 0) -> Self:
        """Return the policy for a data set: pads an eighth of the size (4 for 32, as the paper)."""
        return cls(
            pad=(data.image_size + 4) // 8,
            flip=data.flip,
            cutout=cutout,
            fill=tuple(round(level) for level in data.mean.tolist()),
        )


def augment(images: Tensor, policy: AugmentPolicy, generator: torch.Generator) -> Tensor:
    """Return randomly changed copies of images.

    Args:
        images: uint8 (n, C, H, W), best channels last.
        policy: what is done.
        generator: where chance comes from; on the CPU it draws the same for images on any device.

    Returns:
        uint8 (n, C, H, W), channels last, on the device of ``images``.
    """
    pixels = images.permute(0, 2, 3, 1).contiguous()
    fill = torch.tensor(policy.fill, dtype=torch.uint8, device=images.device)
    fill = fill.expand(pixels.shape[-1])
    if policy.pad:
        pixels = _crop(pixels, policy.pad, fill, generator)
    if policy.flip:
        pixels = _flip(pixels, generator)
    if policy.cutout:
        pixels = _cutout(pixels, policy.cutout, fill, generator)
    return pixels.permute(0, 3, 1, 2)


def normalise(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Return uint8 images (n, C, H, W) as float32 of mean 0 and deviation 1, channels last.

    Args:
        images: uint8 (n, C, H, W), best channels last.
        mean: float32 (C,), in grey levels, on the device of ``images``.
        std: float32 (C,), likewise.
    """
    n, channels, height, width = images.shape
    # Rows of pixels, so that the inner loop is W * C long: four times as fast as C alone.
    rows = images.permute(0, 2, 3, 1).reshape(n, height, width * channels)
    whitened = rows.to(torch.float32).sub_(mean.repeat(width)).mul_(std.reciprocal().repeat(width))
    return whitened.view(n, height, width, channels).permute(0, 3, 1, 2)


def _crop(pixels: Tensor, pad: int, fill: Tensor, generator: torch.Generator) -> Tensor:
    """Pad images (n, H, W, C) and cut one of the old size out of each, anywhere alike."""
    n, height, width, channels = pixels.shape
    rows = pixels.new_empty(n, height + 2 * pad, (width + 2 * pad) * channels)
    rows.copy_(fill.repeat(width + 2 * pad))
    left, right = pad * channels, (pad + width) * channels
    rows[:, pad : pad + height, left:right] = pixels.view(n, height, width * channels)
    canvas = rows.view(n, height + 2 * pad, width + 2 * pad, channels)
    top_left = _draw(2 * pad + 1, (2, n), generator, pixels.device)
    first = torch.arange(n, device=pixels.device)
    return _windows(canvas, first, top_left, height, width)


def _flip(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror each of the images (n, H, W, C) with probability 1/2."""
    n = len(pixels)
    both = torch.cat([pixels, pixels.flip(2)])
    mirrored = _draw(2, (n,), generator, pixels.device)
    # Picking whole images out of both is three times as fast as torch.where on single bytes.
    return both.index_select(0, torch.arange(n, device=pixels.device) + n * mirrored)


def _cutout(pixels: Tensor, side: int, fill: Tensor, generator: torch.Generator) -> Tensor:
    """Blank one square of each image (n, H, W, C).

    DeVries & Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout" (2017):
    its centre is any pixel alike, so part of it may lie outside the image.
    """
    n, height, width, channels = pixels.shape
    # One mask with a hole around pixel (H, W): a window of it, H - y down and W - x across, has
    # its hole around pixel (y, x), clipped at the border.
    mask = pixels.new_zeros(1, 2 * height, 2 * width, channels)
    top, left = max(height - side // 2, 0), max(width - side // 2, 0)
    mask[:, top : height - side // 2 + side, left : width - side // 2 + side] = 255
    rows = height - _draw(height, (n,), generator, pixels.device)
    columns = width - _draw(width, (n,), generator, pixels.device)
    only = torch.zeros(n, dtype=torch.int64, device=pixels.device)
    holes = _windows(mask, only, torch.stack([rows, columns]), height, width)
    # fill where the hole is all ones, the pixel where it is zero.
    flat = pixels.view(n, height, width * channels)
    change = (flat ^ fill.repeat(width)) & holes.view(n, height, width * channels)
    return (flat ^ change).view_as(pixels)


def _windows(canvases: Tensor, which: Tensor, top_left: Tensor, height: int, width: int) -> Tensor:
    """Cut windows out of canvases, row by row.

    Args:
        canvases: uint8 (m, H', W', C), contiguous.
        which: int64 (n,): the canvas of each window.
        top_left: int64 (2, n): where each window begins, down and across.
        height: of a window.
        width: of a window.

    Returns:
        uint8 (n, height, width, C).
    """
    count, tall, wide, channels = canvases.shape
    # Every run of `width` pixels, wherever it begins: a view, and a row of a window is one of them.
    runs = canvases.view(-1).as_strided(
        (count * tall * wide - width + 1, width * channels), (channels, 1)
    )
    line = torch.arange(height, device=canvases.device)
    start = ((which * tall + top_left[0])[:, None] + line) * wide + top_left[1][:, None]
    return runs.index_select(0, start.view(-1)).view(len(which), height, width, channels)


def _draw(
    below: int, size: tuple[int, ...], generator: torch.Generator, device: torch.device
) -> Tensor:
    """Draw whole numbers from 0 to ``below`` - 1 on the generator's device; move them."""
    numbers = torch.randint(below, size, generator=generator, device=generator.device)
    return numbers.to(device)
