"""Masks: PNG files with a palette, in which the index of a pixel is its class; SBD's .mat files."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from renas_space import InputError
from renas_trainer.data.decoding import DAMAGE, unreadable

VOID = 255
"""The index of a pixel that has no class: neither trained on nor scored."""


_MAT_DAMAGE = (MatReadError, OSError, ValueError, TypeError, LookupError, NotImplementedError)
"""What scipy raises for files that it cannot read, and what comes of others than SBD's."""


def voc_palette() -> np.ndarray:
    """Return PASCAL VOC's colours, uint8 (256, 3), by index.

    The bits of the index, from the lowest, are dealt in turn to red, green and blue, from the
    highest (VOC 2012 development kit, ``VOClabelcolormap.m``).
    """
    index = np.arange(256)
    palette = np.zeros((256, 3), dtype=np.uint8)
    for bit in range(8):
        for channel in range(3):
            palette[:, channel] |= ((index >> (3 * bit + channel) & 1) << (7 - bit)).astype(
                np.uint8
            )
    return palette


def read_mask(path: Path, classes: int) -> np.ndarray:
    """Read the mask of an image.

    Args:
        path: a PNG file with a palette, or one of SBD's ``.mat`` files.
        classes: how many there are.

    Returns:
        uint8 (H, W): classes, or `VOID`.

    Raises:
        InputError: it cannot be read, has no palette, or an index is no class.
    """
    mask = _read_mat(path) if path.suffix == ".mat" else _read_png(path)
    wrong = mask[(mask >= classes) & (mask != VOID)]
    if wrong.size:
        raise InputError(
            f"the mask {path} has a pixel of class {wrong[0]}, and the classes are 0 to "
            f"{classes - 1} and {VOID} for void: mend the mask, or name all classes in classes.txt"
        )
    return mask


def check_size(path: Path, mask_size: tuple[int, int], image_size: tuple[int, int]) -> None:
    """Check that a mask is as large as its image; sizes are width and height.

    Raises:
        InputError: it is not.
    """
    if image_size != mask_size:
        (wide, tall), (mask_wide, mask_tall) = image_size, mask_size
        raise InputError(
            f"the mask {path} is {mask_wide}x{mask_tall} and its image {wide}x{tall}: "
            "give a mask of the image's size"
        )


def write_mask(path: Path, mask: np.ndarray) -> None:
    """Write a mask, uint8 (H, W), as a PNG file in VOC's palette.

    Raises:
        OSError: the file cannot be written.
    """
    image = Image.fromarray(mask, mode="P")
    image.putpalette(voc_palette().tobytes())
    image.save(path, format="PNG")


@contextmanager
def _opened(path: Path) -> Generator[Image.Image]:
    """Open a PNG file whose pixels are indices; say in one sentence what is wrong with another."""
    try:
        with Image.open(path, formats=("PNG",)) as image:
            if image.mode != "P":
                raise InputError(
                    f"the mask {path} has no palette (its mode is {image.mode}): save it as a PNG "
                    "file with a palette, where the index of a pixel is its class"
                )
            yield image
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError(unreadable(str(path), error, "mask")) from None


def _read_png(path: Path) -> np.ndarray:
    """Read the indices of a PNG file."""
    with _opened(path) as image:
        return np.array(image)


def _read_mat(path: Path) -> np.ndarray:
    """Read the classes in one of SBD's files: a struct GTcls with a matrix Segmentation."""
    try:
        mask = np.asarray(loadmat(str(path))["GTcls"][0]["Segmentation"][0])
        if mask.ndim != 2 or not np.issubdtype(mask.dtype, np.integer):
            raise ValueError(f"its mask is {mask.dtype} of {mask.ndim} dimensions")
        if mask.size and not 0 <= mask.min() <= mask.max() <= VOID:
            raise ValueError(f"its classes go from {mask.min()} to {mask.max()}")
    except _MAT_DAMAGE as error:
        raise InputError(unreadable(str(path), error, "mask")) from None
    return mask.astype(np.uint8)
