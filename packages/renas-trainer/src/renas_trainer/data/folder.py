"""The user's own images, in folders that are named after their classes.

Two layouts are known: ``train/<class>/*`` with ``val/<class>/*`` (or ``valid``, ``validation``) and
``test/<class>/*`` beside it, either of which may be missing; or ``<class>/*`` at once.
"""

import statistics
from collections.abc import Sequence
from pathlib import Path

from renas_space import InputError
from renas_trainer.data.decoding import Mode, is_grey, shorter_side
from renas_trainer.data.image_data import ImageData
from renas_trainer.data.image_folder import class_folders, find_images, split_folder
from renas_trainer.data.source import Source
from renas_trainer.data.splitting import Pool

VALIDATION_NAMES = ("val", "valid", "validation")
"""Names of the folder that holds validation images."""

VALIDATION_SHARE = 0.1
"""Share of the training images that is held out where there is no such folder."""

LARGEST_DEFAULT_SIZE = 64
"""Images are not larger than this unless the user says so: a network's time grows with the square,
and a search trains hundreds (our choice)."""

_MEASURED = 1000
"""Files whose size is looked at, evenly spaced."""


def load_folder(
    directory: Path,
    *,
    image_size: int | None,
    train_images: int | None,
    validation_images: int | None,
    seed: int,
) -> ImageData:
    """Load the user's own images; see `load_data` for the arguments.

    Classes, channels and size are found: images are grey if all training images are, else RGB; the
    size is the median of the shorter sides, 64 at most. Shorter sides are resized to it and the
    longer ones cropped centrally. Mirrored images are taken for images of the same class.

    Raises:
        InputError: the layout is another, or an image cannot be read.
    """
    if not directory.is_dir():
        raise InputError(f"{directory} is no directory: give the folder that holds the images")
    split_folders = bool(class_folders(directory / "train"))
    training = find_images(directory / "train" if split_folders else directory)
    mode: Mode = "L" if all(map(is_grey, training.files)) else "RGB"
    size = _usual_size(training.files) if image_size is None else image_size

    def beside(*names: str) -> Source | None:
        there = split_folder(directory, names) if split_folders else None
        return None if there is None else find_images(there, training.classes).source(mode, size)

    source = training.source(mode, size)
    pool = Pool(source.labels, seed)
    held_out = beside(*VALIDATION_NAMES)
    if held_out is None:
        tenth = max(round(VALIDATION_SHARE * len(pool)), 1)
        count = tenth if validation_images is None else validation_images
        validation = source.split(pool.stratified(count, keep=1))
    elif validation_images is None:
        validation = held_out.whole()
    else:
        picked = Pool(held_out.labels, seed).stratified(validation_images, keep=0)
        validation = held_out.split(picked)
    test = beside("test")
    return ImageData.of(
        name="folder",
        train=source.split(pool.balanced(train_images)),
        validation=validation,
        test=None if test is None else test.whole(),
        classes=training.classes,
        flip=True,
    )


def _usual_size(files: Sequence[Path]) -> int:
    """Return the median of the shorter sides, 64 at most."""
    step = -(-len(files) // _MEASURED)
    median = statistics.median_low(shorter_side(file) for file in files[::step])
    return min(median, LARGEST_DEFAULT_SIZE)
