"""Batches of images that are read file by file, by worker processes where there are some."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from renas_space import InputError

Key = tuple[int, int | None]
"""An image's index, and the seed of its chance; None where there is none."""

Read = Callable[[Key], tuple[Tensor, Tensor]]
"""Reads an image, uint8 (C, H, W), and its label of any shape. To reach worker processes that do
not begin as copies of this one, it must be picklable: no function within a function."""


def load_batches(
    read: Read, keys: Iterable[list[Key]], *, workers: int, device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield images (n, C, H, W), channels last, and labels (n, ...) of each group of keys.

    Args:
        read: reads one image; those of a group have one size.
        keys: of the images of each batch.
        workers: processes that read; 0 reads in this one.
        device: where the images will go.

    Raises:
        InputError: an image cannot be read.
    """
    loader: DataLoader[Any] = DataLoader(
        _Images(read),
        batch_sampler=keys,
        num_workers=workers,
        collate_fn=_collate,
        pin_memory=device.type == "cuda",
    )
    for loaded in loader:
        if isinstance(loaded, str):
            raise InputError(loaded)
        yield loaded


class _Images(Dataset[Any]):
    """Reads images; what cannot be read becomes its message.

    An error that a worker raises reaches the training with a traceback for a message.
    """

    def __init__(self, read: Read) -> None:
        self._read = read

    def __getitem__(self, key: Key) -> tuple[Tensor, Tensor] | str:
        try:
            return self._read(key)
        except InputError as error:
            return str(error)


def _collate(loaded: Sequence[tuple[Tensor, Tensor] | str]) -> tuple[Tensor, Tensor] | str:
    """Return images and labels of a batch, or the first message."""
    pairs: list[tuple[Tensor, Tensor]] = []
    for item in loaded:
        if isinstance(item, str):
            return item
        pairs.append(item)
    images = torch.stack([image.permute(1, 2, 0) for image, _ in pairs])
    return images.permute(0, 3, 1, 2), torch.stack([label for _, label in pairs])
