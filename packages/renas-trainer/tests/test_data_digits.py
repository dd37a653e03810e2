"""scikit-learn's digits."""

import pytest
import torch
from sklearn.datasets import load_digits as reference

from renas_space import InputError
from renas_trainer.data import load_data


def test_they_are_all_there_once_in_three_splits():
    data = load_data("digits", seed=0)
    splits = (data.train, data.validation, data.test)
    assert [len(split) for split in splits] == [1200, 300, 297]
    images = torch.cat([split.images for split in splits]).flatten(1)
    pixels, labels = reference(return_X_y=True)
    expected = torch.from_numpy(pixels * (255 / 16)).round().to(torch.uint8)
    rows = {tuple(row) for row in images.tolist()}
    assert rows == {tuple(row) for row in expected.tolist()}
    counted = torch.bincount(torch.cat([split.labels for split in splits]))
    assert torch.equal(counted, torch.bincount(torch.from_numpy(labels)))


def test_what_they_are():
    data = load_data("digits", seed=0)
    assert data.name == "digits"
    assert (data.image_size, data.channels, data.flip) == (8, 1, False)
    assert data.classes == tuple("0123456789")
    assert (int(data.train.images.min()), int(data.train.images.max())) == (0, 255)


def test_the_seed_decides_and_everything_else_is_the_same():
    digests = [load_data("digits", seed=seed).digest for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


def test_validation_images_do_not_depend_on_training_images():
    whole = load_data("digits", seed=0)
    small = load_data("digits", train_images=95, seed=0)
    assert torch.equal(whole.validation.images, small.validation.images)
    assert sorted(torch.bincount(small.train.labels).tolist()) == [9] * 5 + [10] * 5


def test_they_can_be_larger():
    data = load_data("digits", image_size=16, validation_images=10, seed=0)
    assert tuple(data.validation.images.shape) == (10, 1, 16, 16)


def test_more_than_there_are_is_refused():
    with pytest.raises(InputError) as error:
        load_data("digits", train_images=5000, seed=0)
    assert str(error.value) == (
        "5000 training images are asked for: give a number from 1 to 1200, which is what is left "
        "to train on"
    )
