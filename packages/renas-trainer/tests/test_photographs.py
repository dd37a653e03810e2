"""Photographs in class folders: what a training reads, and bad folders."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from renas_space import InputError
from renas_trainer import crops
from renas_trainer.crops import central_crop
from renas_trainer.distributed import Shards
from renas_trainer.photographs import MEAN, Photographs
from renas_trainer.recipes import ImageNetRecipe

RECIPE = ImageNetRecipe(crop_size=56, epochs=3, plain_epochs=1)
SHARDS = Shards(batch_size=4, accumulate=2)


def picture(path, width=90, height=70, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).save(path)


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    root = tmp_path_factory.mktemp("photographs")
    for number in range(12):
        picture(root / "train" / "abc"[number % 3] / f"{number}.png", seed=number)
    for number in range(7):
        picture(root / "val" / "abc"[number % 3] / f"{number}.png", 80, 100, seed=100 + number)
    return root


def found(directory, recipe=RECIPE, **settings):
    return Photographs.find(directory, recipe, **settings)


def test_shards_are_normalised_and_the_same_with_workers(directory):
    one = list(found(directory).shards(0, 0, SHARDS, seed=0))
    two = list(found(directory, workers=2).shards(0, 0, SHARDS, seed=0))
    assert len(one) == 6
    for (pixels, labels), (again, same) in zip(one, two, strict=True):
        assert torch.equal(pixels, again)
        assert torch.equal(labels, same)
    assert one[0][0].dtype == torch.float32
    assert one[0][0].abs().max() < 3  # 255 * 0.017 is 4.3


def test_what_follows_a_step_is_the_same_whether_or_not_it_was_made(directory):
    whole = list(found(directory).shards(0, 0, SHARDS, seed=0))
    rest = list(found(directory).shards(0, 2, SHARDS, seed=0))
    assert all(torch.equal(a[0], b[0]) for a, b in zip(whole[4:], rest, strict=True))


def test_plain_epochs_crop_from_the_scale_of_the_evaluation(directory, monkeypatch):
    sides = []
    read = crops.read_photograph
    monkeypatch.setattr(
        crops, "read_photograph", lambda *given: (sides.append(given[2]), read(*given))[1]
    )
    taken = found(directory)
    for epoch in range(40):
        list(replace(taken, recipe=replace(RECIPE, epochs=41)).shards(epoch, 0, SHARDS, seed=0))
    assert (min(sides), max(sides)) == (64, 120)
    sides.clear()
    list(taken.shards(2, 0, SHARDS, seed=0))
    assert set(sides) == {64}


def test_colours_vary_but_in_the_plain_epochs(directory):
    coloured, grey = found(directory), found(directory, replace(RECIPE, colour=False))
    shift = next(coloured.shards(1, 0, SHARDS, 0))[0] - next(grey.shards(1, 0, SHARDS, 0))[0]
    assert shift.abs().max() > 1e-3
    assert shift.std((2, 3)).max() < 1e-6  # one shift for all pixels of an image
    plain = next(coloured.shards(2, 0, SHARDS, 0))[0] - next(grey.shards(2, 0, SHARDS, 0))[0]
    assert plain.abs().max() == 0


def test_each_image_is_scored_once(directory):
    taken = found(directory)
    labels = torch.cat([labels for rank in range(3) for _, labels in taken.to_score(rank, 3)])
    assert sorted(labels.tolist()) == sorted(taken.scored.labels)
    pixels, _ = next(taken.to_score(0, 1))
    crop = central_crop(taken.scored.files[0], shorter=64, size=56).float()
    expected = (crop - torch.tensor(MEAN)[:, None, None]) * 0.017
    assert torch.allclose(pixels[0], expected, atol=1e-5)


def test_fewer_images_are_balanced(directory):
    taken = found(directory, train_images=6, validation_images=3)
    assert sorted(taken.train.labels) == [0, 0, 1, 1, 2, 2]
    assert sorted(taken.scored.labels) == [0, 1, 2]


def test_the_digest_knows_the_files(directory):
    assert found(directory).digest == found(directory).digest
    assert found(directory).digest != found(directory, train_images=6).digest


def test_a_name_that_is_no_utf8_has_a_digest_too(directory, tmp_path):
    odd = os.fsdecode(b"caf\xe9.jpg")
    whole = found(directory)
    file = tmp_path / odd
    file.touch()
    other = replace(whole, train=replace(whole.train, files=(file, *whole.train.files[1:])))
    assert other.digest != whole.digest


def test_what_workers_get_can_be_sent_to_a_process_that_begins_empty(directory, sent_to_workers):
    sent = sent_to_workers(crops)
    whole = found(directory, workers=0)
    assert len(list(whole.shards(0, 0, SHARDS, seed=1))) == 6
    assert sum(len(labels) for _, labels in whole.to_score(0, 1)) == 7
    assert len(sent) == 2


def refused(directory, **settings):
    with pytest.raises(InputError) as error:
        found(directory, **settings)
    return str(error.value)


LAYOUT = "give a directory with train/<class>/* and val/<class>/*"


def test_folders_that_are_missing_are_named(tmp_path):
    assert refused(tmp_path) == f"{tmp_path} has no class folders in train: {LAYOUT}"
    picture(tmp_path / "train" / "a" / "0.png")
    picture(tmp_path / "train" / "b" / "0.png")
    assert refused(tmp_path) == f"{tmp_path} has no class folders in val: {LAYOUT}"
    picture(tmp_path / "val" / "a" / "0.png")
    assert refused(tmp_path) == (
        f"{tmp_path / 'val'} has no class folder 'b', which train has: add it, or remove it there"
    )


def test_one_class_is_too_few(tmp_path):
    picture(tmp_path / "train" / "a" / "0.png")
    assert refused(tmp_path) == (
        f"{tmp_path / 'train'} must have at least two class folders and has only 'a': "
        "put the images of each class into a folder of its own"
    )


@pytest.mark.parametrize("workers", [0, 1])
def test_a_truncated_image_is_named(tmp_path, workers):
    for name in ("train/a/0.png", "train/b/1.png", "val/a/2.png", "val/b/3.png"):
        picture(tmp_path / name)
    damaged = tmp_path / "train" / "b" / "1.png"
    damaged.write_bytes(damaged.read_bytes()[:-200])
    taken = found(tmp_path, workers=workers)
    with pytest.raises(InputError) as error:
        list(taken.shards(0, 0, Shards(batch_size=2), seed=0))
    message = str(error.value)
    assert message.startswith(f"the image {damaged} cannot be read (")
    assert message.endswith("): replace or remove it")
    assert "Traceback" not in message
