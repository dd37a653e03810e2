"""Batches that are read file by file."""

import pytest
import torch

from renas_space import InputError
from renas_trainer.loading import load_batches

CPU = torch.device("cpu")


def read(key):
    index, seed = key
    if index == 9:
        raise InputError("the image nine cannot be read")
    image = torch.full((3, 2, 4), index, dtype=torch.uint8)
    return image, torch.full((2, 4), 0 if seed is None else seed)


@pytest.mark.parametrize("workers", [0, 2])
def test_groups_become_batches_in_their_order(workers):
    keys = [[(1, 7), (2, None)], [(3, 5)]]
    first, second = load_batches(read, keys, workers=workers, device=CPU)
    assert first[0].shape == (2, 3, 2, 4)
    assert first[0].is_contiguous(memory_format=torch.channels_last)
    assert first[0][:, 0, 0, 0].tolist() == [1, 2]
    assert first[1][:, 0, 0].tolist() == [7, 0]
    assert second[0][:, 0, 0, 0].tolist() == [3]


@pytest.mark.parametrize("workers", [0, 1])
def test_what_cannot_be_read_is_said_in_one_sentence(workers):
    batches = load_batches(read, [[(1, None)], [(2, None), (9, None)]], workers=workers, device=CPU)
    next(batches)
    with pytest.raises(InputError) as error:
        next(batches)
    assert str(error.value) == "the image nine cannot be read"
