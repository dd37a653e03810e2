"""CIFAR-10 in whichever layout it was downloaded."""

from pathlib import Path

from renas_space import InputError
from renas_trainer.data.cifar10_batches import FOLDER, read_batches
from renas_trainer.data.image_data import ImageData
from renas_trainer.data.image_folder import class_folders, find_images
from renas_trainer.data.parquet import parquet_files, read_parquet
from renas_trainer.data.source import Source
from renas_trainer.data.splitting import Pool

CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
"""The classes, by label."""

VALIDATION_IMAGES = 5000
"""Held out of the 50,000 training images by default (5.1)."""

IMAGE_SIZE = 32

_PARQUET_FOLDERS = (".", "data", "plain_text")
"""Where parquet files lie in a repository of Hugging Face."""


def load_cifar10(
    directory: Path,
    *,
    image_size: int | None,
    train_images: int | None,
    validation_images: int | None,
    seed: int,
) -> ImageData:
    """Load CIFAR-10; see `load_data` for the arguments.

    The directory holds (or is) torchvision's ``cifar-10-batches-py``, or parquet files of Hugging
    Face, ``train-*.parquet`` and ``test-*.parquet``, or an ImageFolder with ``train`` and ``test``.

    Raises:
        InputError: none of these is there, or it is damaged, or too small for the splits.
    """
    classes, train, test = _find(directory)
    pool = Pool(train.labels, seed)
    held_out = VALIDATION_IMAGES if validation_images is None else validation_images
    validation = pool.stratified(held_out, keep=1)
    return ImageData.of(
        name="cifar10",
        train=train.split(pool.balanced(train_images), image_size),
        validation=train.split(validation, image_size),
        test=None if test is None else test.whole(image_size),
        classes=classes,
        flip=True,
    )


def _find(directory: Path) -> tuple[tuple[str, ...], Source, Source | None]:
    """Return classes, training and test images of the first layout that is there."""
    for folder in (directory / FOLDER, directory):
        if (folder / "data_batch_1").is_file():
            return (CLASSES, *read_batches(folder))
    for folder in (directory / name for name in _PARQUET_FOLDERS):
        if parquet_files(folder, "train"):
            train, names = read_parquet(folder, "train", IMAGE_SIZE)
            there = parquet_files(folder, "test")
            test = read_parquet(folder, "test", IMAGE_SIZE)[0] if there else None
            return names or CLASSES, train, test
    if class_folders(directory / "train"):
        images = find_images(directory / "train")
        tested = None
        if class_folders(directory / "test"):
            tested = find_images(directory / "test", images.classes).source("RGB", IMAGE_SIZE)
        return images.classes, images.source("RGB", IMAGE_SIZE), tested
    raise InputError(
        f"{directory} has no CIFAR-10 in it: give a directory with {FOLDER} (which torchvision's "
        "CIFAR10 downloads), with train-*.parquet and test-*.parquet, or with class folders in "
        "train and test"
    )
