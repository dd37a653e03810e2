"""The ImageFolder layout: a folder for each class, images in it or in folders below it."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor

from renas_space import InputError
from renas_trainer.data.decoding import Mode, read_image
from renas_trainer.data.source import Source

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"}
)
"""What counts as an image: torchvision's list for its ImageFolder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFolder:
    """The files of a folder of classes. Names that begin with a dot are passed over."""

    classes: tuple[str, ...]
    """Names of the class folders, in order."""
    files: tuple[Path, ...]
    """All images, class by class."""
    labels: tuple[int, ...]
    """The class of each."""

    def take(self, indices: Tensor) -> Self:
        """Return some of the images, all classes still known."""
        chosen = indices.tolist()
        return replace(
            self,
            files=tuple(self.files[index] for index in chosen),
            labels=tuple(self.labels[index] for index in chosen),
        )

    def source(self, mode: Mode, size: int) -> Source:
        """Return the images as a source, to be read as grey or colour squares."""

        def read(indices: Tensor) -> Tensor:
            files = [self.files[index] for index in indices.tolist()]
            pixels = np.stack([read_image(file, mode, size) for file in files])
            squares = torch.from_numpy(pixels).view(len(files), size, size, -1)
            return squares.permute(0, 3, 1, 2)

        return Source(labels=torch.tensor(self.labels), read=read)


def class_folders(directory: Path) -> list[Path]:
    """Return the folders in a directory, in order; none if there is no such directory."""
    if not directory.is_dir():
        return []
    return sorted(
        entry for entry in directory.iterdir() if entry.is_dir() and not entry.name.startswith(".")
    )


def split_folder(directory: Path, names: Iterable[str]) -> Path | None:
    """Return the first folder of some names in a directory that has class folders, if any has."""
    folders = (directory / name for name in names)
    return next((folder for folder in folders if class_folders(folder)), None)


def find_images(directory: Path, classes: Sequence[str] | None = None) -> ImageFolder:
    """Find classes and images in a directory.

    Args:
        directory: has a folder for each class.
        classes: those of the training images, whose numbers hold for other splits too.

    Raises:
        InputError: there are not two classes, or a class is unknown or has no image.
    """
    folders = class_folders(directory)
    names = tuple(folder.name for folder in folders)
    if classes is None:
        if len(names) < 2:
            found = f"only {names[0]!r}" if names else "none"
            raise InputError(
                f"{directory} must have at least two class folders and has {found}: "
                "put the images of each class into a folder of its own"
            )
        classes = names
    files: list[Path] = []
    labels: list[int] = []
    for folder in folders:
        if folder.name not in classes:
            raise InputError(
                f"{folder} is a class that the training images do not have: "
                "add training images of it or remove the folder"
            )
        found = _images_below(folder)
        if not found:
            raise InputError(
                f"the class folder {folder} has no images: add some or remove the folder "
                f"(known are {', '.join(sorted(IMAGE_SUFFIXES))})"
            )
        files += found
        labels += [classes.index(folder.name)] * len(found)
    return ImageFolder(classes=tuple(classes), files=tuple(files), labels=tuple(labels))


def _images_below(folder: Path) -> list[Path]:
    """Return the image files in and below a folder, in order."""
    above = len(str(folder))
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in IMAGE_SUFFIXES
        and f"{os.sep}." not in str(path)[above:]
        and path.is_file()
    )
