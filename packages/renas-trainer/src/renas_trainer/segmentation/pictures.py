"""Pictures of masks: in VOC's colours, over the image, and side by side as in Fig. 5."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torchvision.utils import draw_segmentation_masks

from renas_trainer.segmentation.masks import VOID, voc_palette

OPACITY = 0.6
"""Of a mask over an image."""


def coloured(mask: Tensor) -> Tensor:
    """Return a mask (H, W) of classes and void in VOC's colours, uint8 (3, H, W)."""
    return torch.from_numpy(voc_palette())[mask.long()].permute(2, 0, 1)


def overlaid(image: Tensor, mask: Tensor, classes: Sequence[str]) -> Tensor:
    """Return an image with a mask over it; what is void or background shows the image alone.

    Args:
        image: uint8 (3, H, W).
        mask: (H, W).
        classes: their names, of which one may be ``background``.

    Returns:
        uint8 (3, H, W).
    """
    palette = voc_palette()
    hidden = {VOID, *(number for number, name in enumerate(classes) if name == "background")}
    shown = [number for number in mask.unique().tolist() if number not in hidden]
    if not shown:
        return image
    layers = torch.stack([mask == number for number in shown])
    colours: list[Any] = [tuple(palette[number].tolist()) for number in shown]
    return draw_segmentation_masks(image, layers, alpha=OPACITY, colors=colours)


def side_by_side(image: Tensor, prediction: Tensor, truth: Tensor) -> Tensor:
    """Return image, prediction and truth in a row, as Fig. 5 shows them.

    Args:
        image: uint8 (3, H, W).
        prediction: (H, W).
        truth: (H, W).

    Returns:
        uint8 (3, H, 3 W).
    """
    return torch.cat([image, coloured(prediction), coloured(truth)], dim=2)


def write_picture(path: Path, picture: Tensor) -> None:
    """Write a picture, uint8 (3, H, W), as a PNG file.

    Raises:
        OSError: the file cannot be written.
    """
    Image.fromarray(picture.permute(1, 2, 0).numpy()).save(path, format="PNG")
