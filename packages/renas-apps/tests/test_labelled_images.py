"""A trained network is scored on images that it was not trained on, prepared as it takes them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from renas_apps import labelled_images as module
from renas_apps.labelled_images import NetworkImages
from renas_space import RENASNET, InputError, plan_network
from renas_trainer.checkpoint import ModelMetadata
from renas_trainer.data import load_data

DIGITS = plan_network(RENASNET, cells=1, filters=4, image_size=8, channels=1)
OF_DIGITS = ModelMetadata(
    classes=tuple("0123456789"), mean=(78.0,), std=(96.0,), data="digits", facts={"seed": 3}
)
PHOTOS = plan_network(RENASNET, skeleton="imagenet", cells=1, filters=8, image_size=64, classes=4)
OF_PHOTOS = ModelMetadata(
    classes=("ant", "bee", "cat", "dog"), mean=(1.0,) * 3, std=(2.0,) * 3, data="imagenet"
)


def labelled_images(plan, metadata, *, split=None, limit=None, **where):
    return NetworkImages(plan, metadata, **where).of(split, limit)


def digits(seed, **settings):
    return load_data("digits", directory=None, image_size=8, seed=seed, **(NONE | settings))


NONE = {"train_images": None, "validation_images": None}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    root = tmp_path_factory.mktemp("photos")
    for split in ("train", "val"):
        for number, name in enumerate(("bee", "dog")):
            for copy in range(3 + number):
                path = root / split / name / f"{copy}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                pixels = np.full((90, 80, 3), 40 * number + copy, dtype=np.uint8)
                Image.fromarray(pixels).save(path)
    return root


def test_a_data_set_with_test_images_scores_on_them():
    images = labelled_images(DIGITS, OF_DIGITS)
    expected = digits(3).test
    assert (images.split, images.count) == ("test", len(expected))
    pixels, labels = (torch.cat(parts) for parts in zip(*images.batches(), strict=True))
    assert torch.equal(labels, expected.labels)
    assert torch.allclose(pixels, (expected.images - 78.0) / 96.0)


def test_what_a_training_held_out_is_held_out_again():
    drawn = replace(OF_DIGITS, facts={"seed": 3, "train_images": 100, "val_images": 50})
    images = labelled_images(DIGITS, drawn, split="val")
    expected = digits(3, train_images=100, validation_images=50).validation
    assert torch.equal(torch.cat([labels for _, labels in images.batches()]), expected.labels)
    assert torch.allclose(images.pixels(50), (expected.images - 78.0) / 96.0)
    assert labelled_images(DIGITS, drawn, split="train").count == 100


def test_a_limit_draws_some_always_the_same():
    first, again = (labelled_images(DIGITS, OF_DIGITS, limit=20) for _ in range(2))
    assert first.count == 20
    assert torch.equal(first.pixels(20), again.pixels(20))
    assert first.pixels(7).shape == (7, 1, 8, 8)
    assert labelled_images(DIGITS, OF_DIGITS, limit=10**6).count == 297


def test_photographs_have_the_networks_numbers_and_normalisation(photos):
    images = labelled_images(PHOTOS, OF_PHOTOS, directory=photos)
    pixels, labels = next(images.batches())
    assert (images.split, images.count) == ("val", 7)
    assert labels.tolist() == [1] * 3 + [3] * 4  # bee is 1 and dog is 3 to the network
    assert pixels.shape == (7, 3, 64, 64)
    assert torch.allclose(pixels[:, 0, 0, 0], (torch.tensor([0, 1, 2, 40, 41, 42, 43]) - 1) / 2)
    assert labelled_images(PHOTOS, OF_PHOTOS, directory=photos, split="train").count == 7


def refused(plan, metadata, **settings):
    with pytest.raises(InputError) as error:
        labelled_images(plan, metadata, **settings)
    return str(error.value)


def test_bad_input_is_one_sentence(photos, tmp_path):
    assert refused(PHOTOS, OF_PHOTOS) == ("--data imagenet needs images: say where with --data-dir")
    assert refused(DIGITS, OF_DIGITS, limit=0) == "the number of images is 0: give at least 1"
    assert refused(DIGITS, OF_DIGITS, data="imagenet", directory=photos) == (
        "photographs have 3 channels, the network takes 1: name images of its kind"
    )
    assert refused(PHOTOS, OF_PHOTOS, data="digits") == (
        "digits has images of 1 channels, the network takes 3: name images of its kind"
    )
    assert refused(PHOTOS, OF_PHOTOS, directory=tmp_path) == (
        f"{tmp_path} has no class folders in val: give a directory with val/<class>/*"
    )
    assert refused(PHOTOS, OF_PHOTOS, directory=photos, split="all") == (
        f"{photos} is divided: say with --split whether test, val or train is meant"
    )
    others = replace(OF_PHOTOS, classes=("ant", "bee", "cat", "cow"))
    assert refused(PHOTOS, others, directory=photos) == (
        f"{photos / 'val'} has a class 'dog' that the network does not know (it has 4: ant, bee, "
        "cat, ...): give images of its classes"
    )


def test_a_folder_is_read_whole_as_the_network_takes_it(photos):
    # A network of four classes sees a folder of two, or of one, in colour or grey.
    flat = labelled_images(PHOTOS, OF_PHOTOS, data="folder", directory=photos / "val")
    assert (flat.split, flat.count) == ("all", 7)
    assert torch.cat([labels for _, labels in flat.batches()]).tolist() == [1] * 3 + [3] * 4
    split = labelled_images(PHOTOS, OF_PHOTOS, data="folder", directory=photos)
    assert (split.split, split.count) == ("val", 7)
    grey = replace(OF_DIGITS, classes=("bee", "dog"))
    plan = plan_network(RENASNET, cells=1, filters=4, image_size=8, channels=1, classes=2)
    images = labelled_images(plan, grey, data="folder", directory=photos)
    assert images.pixels(3).shape == (3, 1, 8, 8)


def test_one_class_can_be_scored(photos, tmp_path):
    (tmp_path / "val").mkdir()
    (tmp_path / "val" / "dog").symlink_to(photos / "val" / "dog")
    for data in ("folder", "imagenet"):
        images = labelled_images(PHOTOS, OF_PHOTOS, data=data, directory=tmp_path)
        assert torch.cat([labels for _, labels in images.batches()]).tolist() == [3] * 4


def test_what_was_drawn_from_a_folder_is_drawn_again_and_all_is_there_if_asked(photos):
    trained = replace(OF_PHOTOS, data="folder", facts={"seed": 1, "val_images": 2})
    where = {"directory": photos / "val"}
    assert labelled_images(PHOTOS, trained, **where).count == 2
    assert labelled_images(PHOTOS, trained, **where, split="all").count == 7


def test_a_data_set_is_read_once_for_all_its_splits(monkeypatch):
    read = []

    def counted(name, **given):
        read.append(name)
        return load_data(name, **given)

    monkeypatch.setattr(module, "load_data", counted)
    images = NetworkImages(DIGITS, OF_DIGITS)
    assert [images.of(split).split for split in ("train", "val", None)] == ["train", "val", "test"]
    assert len(read) == 1
