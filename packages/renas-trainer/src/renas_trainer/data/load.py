"""One door to all data sets."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from renas_space import InputError
from renas_trainer.data.cifar10 import load_cifar10
from renas_trainer.data.digits import load_digits
from renas_trainer.data.folder import load_folder
from renas_trainer.data.image_data import ImageData

DATA_NAMES = ("digits", "folder", "cifar10")
"""What `load_data` knows."""


def load_data(
    name: str,
    *,
    directory: Path | str | None = None,
    image_size: int | None = None,
    train_images: int | None = None,
    validation_images: int | None = None,
    flip: bool = True,
    seed: int,
) -> ImageData:
    """Load a data set into memory.

    Args:
        name: ``digits``, ``folder`` or ``cifar10``.
        directory: where the images are; ``digits`` needs none.
        image_size: height and width that images are resized to; by default their own, see each
            data set.
        train_images: how many to train on, class-balanced as far as it goes, drawn after the
            validation split is: that does not depend on it. By default all that are left.
        validation_images: how many to measure fitness on; by default 300 digits, 5,000 of CIFAR-10,
            a folder's own validation split or else a tenth of its images.
        flip: whether training images may be mirrored, where a mirrored one is of the same class as
            far as anybody knows: not digits.
        seed: decides who is in which split.

    Raises:
        InputError: there is no such data set, or it cannot be read, or it is too small.
    """
    if name not in DATA_NAMES:
        raise InputError(f"unknown data set {name!r}: use {', '.join(DATA_NAMES)}")
    if image_size is not None and image_size < 1:
        raise InputError(f"image_size is {image_size}: give at least 1")
    if name == "digits":
        loader = load_digits
    elif directory is None:
        raise InputError(f"the data set {name} needs a directory: give the one it is in")
    elif name == "folder":
        loader = partial(load_folder, Path(directory))
    else:
        loader = partial(load_cifar10, Path(directory))
    loaded = loader(
        image_size=image_size,
        train_images=train_images,
        validation_images=validation_images,
        seed=seed,
    )
    return replace(loaded, flip=loaded.flip and flip)
