"""CIFAR-10 as its authors publish it and torchvision downloads it: pickled batches of pixels."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from renas_space import InputError
from renas_trainer.data.pickled import Call, read_pickled
from renas_trainer.data.source import Source

FOLDER = "cifar-10-batches-py"
"""The folder that the archive unpacks to."""

TRAIN_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_BATCH = "test_batch"

_PIXELS = 3 * 32 * 32
_ARRAYS = ("numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct")
"""How a pickle names an array, before and since numpy 2."""


def read_batches(folder: Path) -> tuple[Source, Source]:
    """Return the images to train on and to test on. Nothing is unpickled, see `read_pickled`.

    Raises:
        InputError: a batch is missing or damaged.
    """
    train = [_read_batch(folder / name) for name in TRAIN_BATCHES]
    return _source(train), _source([_read_batch(folder / TEST_BATCH)])


def _read_batch(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels, uint8 (n, 3, 32, 32), and labels, int64 (n,)."""
    try:
        batch = read_pickled(file.read_bytes())
        # Python 2's strings come as str; keys are bytes if Python 3 has pickled the batch anew.
        entries = {_text(key): value for key, value in batch.items()}
        if not {"data", "labels"} <= entries.keys():
            raise ValueError("it has no data or no labels")
        pixels = _byte_array(entries["data"])
        labels = np.array(entries["labels"], dtype=np.int64)
        if labels.shape != pixels.shape[:1] or not np.isin(labels, range(10)).all():
            raise ValueError("its labels do not fit its images")
        if not labels.size:
            raise ValueError("it has no images")
    except FileNotFoundError:
        raise InputError(f"{file} is missing: download CIFAR-10 again") from None
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise InputError(f"{file} is damaged ({error}): download CIFAR-10 again") from None
    return pixels, labels


def _byte_array(value: Any) -> np.ndarray:
    """Return the images whose pickled array was read as a `Call`."""
    if not isinstance(value, Call) or value.function not in _ARRAYS:
        raise ValueError("its data are no array")
    _, shape, kind, fortran, content = value.state  # as in numpy's ndarray.__setstate__
    if kind.arguments[0] not in ("u1", b"u1") or fortran or shape[1:] != (_PIXELS,):
        raise ValueError("its data are no bytes of colour images")
    content = content.encode("latin-1") if isinstance(content, str) else content
    return np.frombuffer(content, dtype=np.uint8).reshape(shape[0], 3, 32, 32)


def _text(key: str | bytes) -> str:
    """Return a key of a batch as text."""
    return key.decode("latin-1") if isinstance(key, bytes) else key


def _source(batches: list[tuple[np.ndarray, np.ndarray]]) -> Source:
    """Return some batches as one source."""
    pixels = torch.from_numpy(np.concatenate([images for images, _ in batches]))
    labels = torch.from_numpy(np.concatenate([numbers for _, numbers in batches]))
    return Source(labels=labels, read=lambda indices: pixels[indices])
