"""Image files, or their bytes, to pixels."""

import io
import struct
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

from renas_space import InputError

Mode = Literal["L", "RGB"]
"""Pillow's names for grey and colour."""

DAMAGE = (
    OSError,  # unknown format, truncated
    ValueError,
    SyntaxError,  # Pillow's word for a broken PNG
    EOFError,
    struct.error,
    Image.DecompressionBombError,
)
"""What Pillow raises for files that it cannot read."""

_DRAFT = 2
"""A JPEG is decoded at this many times the size it is needed in, or more: quick, and no worse after
the resizing."""


def decode(content: bytes, name: str, size: int) -> np.ndarray:
    """Decode a JPEG or PNG in memory as RGB.

    Returns:
        uint8 (size, size, 3).

    Raises:
        InputError: it cannot be decoded or has another size; the message calls it ``name``.
    """
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            if image.size != (size, size):
                raise ValueError(f"it is {image.width}x{image.height}, not {size}x{size}")
            return np.asarray(image.convert("RGB"))
    except DAMAGE as error:
        raise InputError(unreadable(name, error)) from None


def read_image(path: Path, mode: Mode, size: int) -> np.ndarray:
    """Read an image file as a square: its shorter side resized, the longer one cropped centrally.

    A camera's note of how the picture is to be turned (EXIF) is followed.

    Returns:
        uint8 (size, size) if ``mode`` is L, (size, size, 3) if it is RGB.

    Raises:
        InputError: the file cannot be read.
    """
    square = ImageOps.fit(
        read_photograph(path, mode, size), (size, size), Image.Resampling.BILINEAR
    )
    return np.asarray(square)


def read_photograph(path: Path, mode: Mode, shortest: int, *, upright: bool = True) -> Image.Image:
    """Read an image file, upright: a camera's note of how to turn it (EXIF) is followed.

    Args:
        path: of the file.
        mode: grey or colour.
        shortest: what the shorter side is needed for, in pixels; a large JPEG is decoded smaller,
            at twice this or more.
        upright: False for an image as it is stored, whatever the camera noted.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with Image.open(path) as image:
            image.draft(None, (_DRAFT * shortest, _DRAFT * shortest))
            turned = ImageOps.exif_transpose(image) if upright else image
            return _eight_bits(turned).convert(mode)
    except DAMAGE as error:
        raise InputError(unreadable(str(path), error)) from None


def shorter_side(path: Path) -> int:
    """Return the shorter side of an image in pixels, from the head of its file.

    Raises:
        InputError: the file cannot be read.
    """
    return min(size_of(path))


def is_grey(path: Path) -> bool:
    """Return whether an image has no colour by its format, from the head of its file.

    Raises:
        InputError: the file cannot be read.
    """
    mode = _head(path)[1]
    return mode in {"1", "L", "LA", "F"} or mode.startswith("I")


def size_of(path: Path) -> tuple[int, int]:
    """Return width and height of an image in pixels, as it stands in the head of its file.

    Raises:
        InputError: the file cannot be read.
    """
    return _head(path)[0]


def _head(path: Path) -> tuple[tuple[int, int], str]:
    """Return size and mode of an image without decoding it."""
    try:
        with Image.open(path) as image:
            return image.size, image.mode
    except DAMAGE as error:
        raise InputError(unreadable(str(path), error)) from None


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16 bits a pixel down to 8, which Pillow's own conversion would clip.

    Raises:
        ValueError: the pixels are floating-point numbers: no one says which of them is white.
    """
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers, not of 8 or 16 bits")
    if not image.mode.startswith("I"):
        return image
    levels = np.asarray(image).astype(np.int64).clip(0, 65535) >> 8
    return Image.fromarray(levels.astype(np.uint8))


def unreadable(name: str, error: Exception, what: str = "image") -> str:
    """Say that an image or a mask cannot be read, and what to do."""
    cause = str(error).rstrip(".") or type(error).__name__
    return f"the {what} {name} cannot be read ({cause}): replace or remove it"
