"""Photographs in class folders: crops against Pillow's and torchvision's, and bad folders."""

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from renas_space import InputError
from renas_trainer import photographs as module
from renas_trainer.distributed import Shards
from renas_trainer.photographs import MEAN, Photographs, central_crop, random_crop
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


def test_the_central_crop_is_torchvisions(directory):
    file = directory / "val" / "a" / "0.png"
    reference = v2.Compose([v2.PILToTensor(), v2.Resize(64, antialias=True), v2.CenterCrop(56)])
    expected = reference(Image.open(file)).int()
    difference = (central_crop(file, RECIPE).int() - expected).abs()
    assert difference.float().mean() < 1.0  # both round, each in its way


def test_a_random_crop_is_cut_out_of_the_resized_image(directory):
    file = directory / "train" / "a" / "0.png"
    rng = random.Random(4)
    shorter = random.Random(4).randint(64, 120)
    crop = random_crop(file, RECIPE, plain=False, rng=rng)
    image = Image.open(file)
    whole = image.resize((round(90 * shorter / 70), shorter), Image.Resampling.BILINEAR)
    pixels = torch.from_numpy(np.asarray(whole).copy()).permute(2, 0, 1).int()
    places = [
        (part - crop.int()).abs().float().mean().item()
        for side in (pixels, pixels.flip(2))
        for part in side.unfold(1, 56, 1).unfold(2, 56, 1).flatten(1, 2).unbind(1)
    ]
    assert min(places) < 0.5
    assert crop.shape == (3, 56, 56)


def test_scales_run_from_least_to_most_and_plain_crops_have_one(directory, monkeypatch):
    sides = []
    read = module.read_photograph
    monkeypatch.setattr(
        module, "read_photograph", lambda *given: (sides.append(given[2]), read(*given))[1]
    )
    rng = random.Random(0)
    file = directory / "train" / "a" / "0.png"
    for _ in range(400):
        random_crop(file, RECIPE, plain=False, rng=rng)
    assert (min(sides), max(sides)) == (64, 120)
    sides.clear()
    for _ in range(20):
        random_crop(file, RECIPE, plain=True, rng=rng)
    assert set(sides) == {64}


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 500), (57, 58), (1000, 33)])
def test_any_size_is_cropped(tmp_path, width, height):
    file = tmp_path / "odd.png"
    picture(file, width, height)
    for seed in range(5):
        crop = random_crop(file, RECIPE, plain=False, rng=random.Random(seed))
        assert crop.shape == (3, 56, 56)
    assert central_crop(file, RECIPE).shape == (3, 56, 56)


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
    crop = central_crop(taken.scored.files[0], RECIPE).float()
    expected = (crop - torch.tensor(MEAN)[:, None, None]) * 0.017
    assert torch.allclose(pixels[0], expected, atol=1e-5)


def test_fewer_images_are_balanced(directory):
    taken = found(directory, train_images=6, validation_images=3)
    assert sorted(taken.train.labels) == [0, 0, 1, 1, 2, 2]
    assert sorted(taken.scored.labels) == [0, 1, 2]


def test_the_digest_knows_the_files(directory):
    assert found(directory).digest == found(directory).digest
    assert found(directory).digest != found(directory, train_images=6).digest


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
