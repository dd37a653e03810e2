"""Image and mask together: they are cropped, scaled, padded and mirrored alike."""

import random

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from renas_space import InputError
from renas_trainer.segmentation.masks import VOID, write_mask
from renas_trainer.segmentation.pairs import chance_crop, read_image, read_pair

FILL = (10, 20, 30)


def pair(height=40, width=50):
    """An image whose red is a hundred times the class of the pixel: left half 0, right half 1."""
    mask = torch.zeros(height, width, dtype=torch.uint8)
    mask[:, width // 2 :] = 1
    image = torch.stack([mask * 100, torch.full_like(mask, 7), torch.full_like(mask, 9)])
    return image, mask


def crops(count=200, **settings):
    asked = {"least": 0.5, "most": 2.0, "size": 24, "fill": FILL, **settings}
    for seed in range(count):
        yield chance_crop(*pair(), random.Random(seed), **asked)


def test_the_mask_stays_on_its_image():
    for image, mask in crops():
        assert (image.shape, mask.shape) == ((3, 24, 24), (24, 24))
        assert (image.dtype, mask.dtype) == (torch.uint8, torch.uint8)
        assert type(image) is type(mask) is torch.Tensor
        seen = mask != VOID
        # Interpolation mixes colours at the edges of classes and of the padding, not of more than
        # two columns or rows each.
        wrong = (image[0].int() - 100 * mask.int()).abs()[seen] > 5
        assert wrong.sum() <= 24 * 6


def test_what_is_smaller_than_the_crop_is_padded_with_void_and_the_colour():
    padded = 0
    for image, mask in crops(size=48, least=0.5, most=0.6):
        void = mask == VOID
        padded += bool(void.any())
        # The image is 20 to 24 pixels high and 25 to 30 wide.
        assert 20 * 25 - 100 <= (~void).sum() <= 24 * 30 + 100
        near = functional.max_pool2d((~void)[None].float(), 7, stride=1, padding=3)[0] > 0
        colour = torch.tensor(FILL, dtype=torch.uint8)[:, None]
        assert (image[:, ~near].int() - colour.int()).abs().max() <= 1
    assert padded == 200


def test_padding_may_lie_on_any_side():
    # 40 rows in a crop of 43: three are missing, above or below.
    void = [(mask == VOID).all(dim=1) for _, mask in crops(size=43, least=1.0, most=1.0)]
    above = [int(rows.int().argmin()) for rows in void]
    assert set(above) == {0, 1, 2, 3}
    assert {int(rows.sum()) for rows in void} == {3}


def test_half_are_mirrored():
    whole = [mask for _, mask in crops(size=40, least=1.0, most=1.0)]
    mirrored = sum(int(mask[0, 0] == 1 and mask[0, -1] == 0) for mask in whole)
    assert 70 <= mirrored <= 130


def test_scales_are_uniform_between_both_ends():
    # A crop shows 24 / scale columns; the share of the image's 50 tells the scale.
    image = torch.arange(50, dtype=torch.uint8).expand(3, 40, 50).contiguous()
    mask = torch.zeros(40, 50, dtype=torch.uint8)
    sides = []
    for seed in range(300):
        cropped, _ = chance_crop(
            image, mask, random.Random(seed), least=1.0, most=2.0, size=24, fill=FILL
        )
        sides.append(int(cropped[0].max()) - int(cropped[0].min()) + 1)
    assert (min(sides), max(sides)) == (12, 24)
    scales = torch.tensor([24 / side for side in sides])
    assert float(scales.mean()) == pytest.approx(1.5, abs=0.05)


def test_chance_decides_and_nothing_else():
    first, second = (
        chance_crop(*pair(), random.Random(3), least=0.5, most=2.0, size=24, fill=FILL)
        for _ in range(2)
    )
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])


def test_a_pair_of_unequal_sizes_is_refused(voc):
    images = voc / "JPEGImages"
    mask = voc / "SegmentationClass/t1.png"
    assert read_pair(images / "t1.png", mask, 3)[0].shape == (3, 40, 51)
    with pytest.raises(InputError) as error:
        read_pair(images / "t0.png", mask, 3)
    assert str(error.value) == (
        f"the mask {mask} is 51x40 and its image 50x40: give a mask of the image's size"
    )


def test_an_image_with_a_mask_is_read_as_it_is_stored_and_one_without_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    Image.new("RGB", (50, 40)).save(tmp_path / "i.jpg", exif=exif)
    write_mask(tmp_path / "m.png", np.zeros((40, 50), dtype=np.uint8))
    assert read_pair(tmp_path / "i.jpg", tmp_path / "m.png", 3)[0].shape == (3, 40, 50)
    assert read_image(tmp_path / "i.jpg").shape == (3, 50, 40)
