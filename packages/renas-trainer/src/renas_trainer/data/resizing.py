"""Another size for images in memory."""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

_BATCH = 1024
"""Images resized at once: bounds what the interpolation needs beside its result."""


def resize(images: Tensor, size: int | None) -> Tensor:
    """Return uint8 images (n, C, S, S) as uint8 (n, C, size, size); as they are if None.

    Bilinear with antialiasing, so that a pixel of a smaller image is a mean of those it stands for.
    """
    if size is None or images.shape[-2:] == (size, size):
        return images
    return torch.cat(
        [
            interpolate(part, size=(size, size), mode="bilinear", antialias=True)
            for part in images.split(_BATCH)
        ]
    )
