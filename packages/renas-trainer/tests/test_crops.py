"""Crops of photographs, against Pillow's and torchvision's."""

import random

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from renas_trainer.crops import central_crop, chance_crop

SCALES = {"least": 64, "most": 120, "size": 56}


def picture(path, width=90, height=70):
    coarse = np.random.default_rng(0).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).save(path)
    return path


@pytest.fixture
def file(tmp_path):
    return picture(tmp_path / "picture.png")


def test_the_central_crop_is_torchvisions(file):
    reference = v2.Compose([v2.PILToTensor(), v2.Resize(64, antialias=True), v2.CenterCrop(56)])
    expected = reference(Image.open(file)).int()
    difference = (central_crop(file, shorter=64, size=56).int() - expected).abs()
    assert difference.float().mean() < 1.0  # both round, each in its way


def test_a_random_crop_is_cut_out_of_the_resized_image(file):
    shorter = random.Random(4).randint(64, 120)
    crop = chance_crop(file, 4, **SCALES)
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


def test_half_of_the_crops_are_mirrored_where_they_may_be(file):
    for flip in (True, False):
        crops = [chance_crop(file, seed, **SCALES, flip=flip) for seed in range(20)]
        plain = [chance_crop(file, seed, **SCALES, flip=False) for seed in range(20)]
        mirrored = sum(not torch.equal(*each) for each in zip(crops, plain, strict=True))
        assert mirrored in (range(5, 16) if flip else (0,))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 500), (57, 58), (1000, 33)])
def test_any_size_is_cropped(tmp_path, width, height):
    file = tmp_path / "odd.png"
    picture(file, width, height)
    for seed in range(5):
        crop = chance_crop(file, seed, **SCALES)
        assert crop.shape == (3, 56, 56)
    assert central_crop(file, shorter=64, size=56).shape == (3, 56, 56)
