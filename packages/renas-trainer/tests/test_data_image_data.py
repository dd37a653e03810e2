"""Splits and data sets in memory: what they check, and what they compute."""

import numpy as np
import pytest
import torch

from renas_space import RENASNET, InputError, plan_network
from renas_trainer.data import ImageData, Split
from renas_trainer.data.image_data import channel_statistics


def make_split(n=6, channels=3, size=4, seed=0, classes=2):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(
        0, 256, (n, channels, size, size), dtype=torch.uint8, generator=generator
    )
    return Split(images=images, labels=torch.arange(n) % classes)


def make_data(**changes):
    settings = {
        "name": "folder",
        "train": make_split(seed=0),
        "validation": make_split(seed=1),
        "test": make_split(seed=2),
        "classes": ["cat", "dog"],
        "flip": True,
    }
    return ImageData.of(**{**settings, **changes})


def test_images_are_kept_channels_last():
    split = make_split()
    assert split.images.is_contiguous(memory_format=torch.channels_last)
    assert len(split) == 6


def test_take_copies_images_and_labels_and_keeps_the_layout():
    split = make_split()
    indices = torch.tensor([5, 0, 5])
    images, labels = split.take(indices)
    assert torch.equal(images, split.images[indices])
    assert torch.equal(labels, torch.tensor([1, 0, 1]))
    assert images.is_contiguous(memory_format=torch.channels_last)


def test_a_split_moves_to_a_device():
    assert make_split().to("meta").images.device.type == "meta"


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (
            torch.zeros(2, 3, 4, 5, dtype=torch.uint8),
            torch.zeros(2, dtype=torch.int64),
            "images are torch.uint8 of shape (2, 3, 4, 5): "
            "give square ones, uint8 of shape (n, C, S, S)",
        ),
        (
            torch.zeros(2, 3, 4, 4),
            torch.zeros(2, dtype=torch.int64),
            "images are torch.float32 of shape (2, 3, 4, 4): "
            "give square ones, uint8 of shape (n, C, S, S)",
        ),
        (
            torch.zeros(0, 3, 4, 4, dtype=torch.uint8),
            torch.zeros(0, dtype=torch.int64),
            "a split has images of shape (0, 3, 4, 4): give at least one image",
        ),
        (
            torch.zeros(2, 3, 4, 4, dtype=torch.uint8),
            torch.zeros(3, dtype=torch.int64),
            "labels are torch.int64 of shape (3,): give one of type int64 for each of the 2 images",
        ),
    ],
)
def test_a_split_that_does_not_fit_is_refused(images, labels, message):
    with pytest.raises(InputError) as error:
        Split(images=images, labels=labels)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"classes": ["cat"]}, "the classes are ['cat']: give at least two"),
        (
            {"test": make_split(size=5)},
            "test images have shape (3, 5, 5) and those to train on (3, 4, 4): "
            "give one size and number of channels",
        ),
        (
            {"validation": make_split(classes=3)},
            "validation labels go from 0 to 2: with 2 classes give 0 to 1",
        ),
    ],
)
def test_splits_that_do_not_belong_together_are_refused(changes, message):
    with pytest.raises(InputError) as error:
        make_data(**changes)
    assert str(error.value) == message


def test_statistics_of_another_number_of_channels_are_refused():
    data = make_data()
    with pytest.raises(InputError) as error:
        ImageData(
            name="folder",
            train=data.train,
            validation=data.validation,
            test=None,
            classes=data.classes,
            mean=data.mean,
            std=torch.ones(1),
            flip=True,
            digest=data.digest,
        )
    message = "mean or deviation has shape (1,): give one number for each of the 3 channels"
    assert str(error.value) == message


def test_size_and_channels_are_those_of_the_images():
    assert (make_data().image_size, make_data().channels) == (4, 3)


def test_a_data_set_that_is_on_the_device_already_is_not_copied():
    data = make_data()
    assert data.to("cpu") is data


def test_mean_and_deviation_are_those_of_numpy():
    images = make_split(n=50, size=8).images
    mean, std = channel_statistics(images)
    np.testing.assert_allclose(mean, images.numpy().mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(std, images.numpy().std((0, 2, 3)), rtol=1e-6)
    assert mean.dtype == std.dtype == torch.float32


def test_the_deviation_of_uniform_images_can_be_divided_by():
    mean, std = channel_statistics(torch.full((2, 1, 4, 4), 7, dtype=torch.uint8))
    assert (mean.tolist(), std.tolist()) == ([7.0], [1.0])


def test_statistics_are_of_the_training_images_alone():
    assert torch.equal(make_data().mean, make_data(validation=make_split(seed=9)).mean)


def test_the_digest_is_that_of_pixels_labels_and_classes():
    train = make_split(seed=0)
    digest = make_data(train=train).digest
    assert len(digest) == 64
    assert make_data(train=make_split(seed=0)).digest == digest
    pixel = train.images.clone()
    pixel[0, 0, 0, 0] ^= 1
    changed = [
        make_data(train=Split(images=pixel, labels=train.labels)),
        make_data(train=Split(images=train.images, labels=1 - train.labels)),
        make_data(classes=["cat", "cow"]),
        make_data(validation=make_split(seed=3)),
        make_data(test=None),
    ]
    assert len({digest, *(data.digest for data in changed)}) == 6


@pytest.mark.parametrize("name", ["images", "labels"])
def test_what_is_no_tensor_is_refused(name):
    split = make_split()
    parts = {"images": split.images, "labels": split.labels}
    with pytest.raises(InputError) as error:
        Split(**{**parts, name: parts[name].numpy()})
    assert str(error.value) == f"{name} are a numpy.ndarray: give a tensor of torch"


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"image_size": 32}, "an image size of 4 and the network 32"),
        ({"channels": 1}, "channels: 3 and the network 1"),
        ({"classes": 10}, "classes: 2 and the network 10"),
    ],
)
def test_a_network_for_other_images_is_refused(other, what):
    fitting = {"image_size": 4, "channels": 3, "classes": 2}
    data = make_data()
    data.check_plan(plan_network(RENASNET, cells=1, filters=4, **fitting))
    with pytest.raises(InputError) as error:
        data.check_plan(plan_network(RENASNET, cells=1, filters=4, **{**fitting, **other}))
    assert str(error.value) == f"the images have {what}: give its plan theirs"
