"""The user's own images, in folders that are named after their classes.

Two layouts are known: ``train/<class>/*`` with ``val/<class>/*`` (or ``valid``, ``validation``) and
``test/<class>/*`` beside it, either of which may be missing; or ``<class>/*`` at once.
"""

import statistics
from collections.abc import Sequence
from pathlib import Path

from renas_space import InputError
from renas_trainer.data.decoding import is_grey, shorter_side
from renas_trainer.data.image_data import ImageData
from renas_trainer.data.image_folder import ImageFolder, class_folders, find_images
from renas_trainer.data.pool import Pool

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
    splits = class_folders(directory / "train")
    training = find_images(directory / "train" if splits else directory)
    mode = "L" if all(map(is_grey, training.files)) else "RGB"
    size = image_size or _usual_size(training.files)

    def beside(names: Sequence[str]) -> ImageFolder | None:
        there = [directory / name for name in names if class_folders(directory / name)]
        return find_images(there[0], training.classes) if splits and there else None

    source = training.source(mode, size)
    pool = Pool(source.labels, seed)
    held_out = beside(VALIDATION_NAMES)
    if held_out is None:
        tenth = max(round(VALIDATION_SHARE * len(pool)), 1)
        count = tenth if validation_images is None else validation_images
        validation = source.split(pool.stratified(count, keep=1))
    else:
        others = held_out.source(mode, size)
        count = len(others.labels) if validation_images is None else validation_images
        validation = others.split(Pool(others.labels, seed).stratified(count, keep=0))
    test = beside(("test",))
    return ImageData.of(
        name="folder",
        train=source.split(pool.balanced(train_images)),
        validation=validation,
        test=None if test is None else test.source(mode, size).whole(),
        classes=training.classes,
        flip=True,
    )


def _usual_size(files: Sequence[Path]) -> int:
    """Return the median of the shorter sides, 64 at most."""
    step = -(-len(files) // _MEASURED)
    median = statistics.median_low(shorter_side(file) for file in files[::step])
    return min(median, LARGEST_DEFAULT_SIZE)
