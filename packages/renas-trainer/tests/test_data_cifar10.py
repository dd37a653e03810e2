"""CIFAR-10: the layouts that have no test module of their own, and the real images."""

import numpy as np
import pytest
import torch
from PIL import Image

from renas_space import InputError
from renas_trainer.data import cifar10, load_data
from renas_trainer.data.source import Source


def write_folder(directory, count):
    directory.mkdir(parents=True)
    for number in range(count):
        pixels = np.full((32, 32, 3), number, dtype=np.uint8)
        Image.fromarray(pixels).save(directory / f"{number}.png")


def test_an_image_folder_is_read(tmp_path):
    for name in ("airplane", "bird"):
        write_folder(tmp_path / "train" / name, 10)
        write_folder(tmp_path / "test" / name, 3)
    data = load_data("cifar10", directory=tmp_path, validation_images=4, seed=0)
    assert [len(split) for split in (data.train, data.validation, data.test)] == [16, 4, 6]
    assert data.classes == ("airplane", "bird")
    assert data.test.images[:, 0, 0, 0].tolist() == [0, 1, 2, 0, 1, 2]


def test_a_directory_without_it_is_said(tmp_path):
    for directory in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError) as error:
            load_data("cifar10", directory=directory, seed=0)
        assert str(error.value) == (
            f"{directory} has no CIFAR-10 in it: give a directory with cifar-10-batches-py (which "
            "torchvision's CIFAR10 downloads), with train-*.parquet and test-*.parquet, or with "
            "class folders in train and test"
        )


def test_the_real_images_have_the_known_mean_and_deviation(real_data):
    data = load_data("cifar10", directory=real_data("cifar10"), train_images=5000, seed=0)
    assert [len(split) for split in (data.train, data.validation, data.test)] == [
        5000,
        5000,
        10_000,
    ]
    assert data.classes[:3] == ("airplane", "automobile", "bird")
    for split, each in ((data.train, 500), (data.validation, 500), (data.test, 1000)):
        assert torch.bincount(split.labels).tolist() == [each] * 10
    # Of all 50,000: (125.3, 122.9, 113.9) and (63.0, 62.1, 66.7), as widely published.
    torch.testing.assert_close(data.mean, torch.tensor([125.3, 122.9, 113.9]), rtol=0, atol=1.5)
    torch.testing.assert_close(data.std, torch.tensor([63.0, 62.1, 66.7]), rtol=0, atol=1.5)


def test_five_thousand_images_are_held_out_by_default(monkeypatch):
    source = Source(
        labels=torch.arange(50_000) % 10,
        read=lambda indices: torch.zeros(len(indices), 3, 4, 4, dtype=torch.uint8),
    )
    monkeypatch.setattr(cifar10, "_find", lambda _: (cifar10.CLASSES, source, None))
    data = load_data("cifar10", directory="anywhere", seed=0)
    assert (len(data.train), len(data.validation)) == (45_000, 5_000)


def test_real_splits_are_disjoint(real_data):
    data = load_data(
        "cifar10", directory=real_data("cifar10"), train_images=2000, validation_images=1000, seed=3
    )
    train = {image.numpy().tobytes() for image in data.train.images}
    assert len(train) > 1990
    assert not train & {image.numpy().tobytes() for image in data.validation.images}
