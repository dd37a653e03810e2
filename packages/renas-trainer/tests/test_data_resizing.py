"""Another size for images in memory."""

import numpy as np
import torch
from PIL import Image

from renas_trainer.data.resizing import resize


def random_images(n, channels, size):
    generator = torch.Generator().manual_seed(0)
    shape = (n, channels, size, size)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


def test_it_is_pillows_bilinear_resizing():
    images = random_images(3, 3, 32)
    small = resize(images, 16)
    assert (small.dtype, tuple(small.shape)) == (torch.uint8, (3, 3, 16, 16))
    for image, result in zip(images, small, strict=True):
        picture = Image.fromarray(image.permute(1, 2, 0).numpy())
        expected = np.asarray(picture.resize((16, 16), Image.Resampling.BILINEAR))
        difference = result.permute(1, 2, 0).numpy().astype(int) - expected
        assert np.abs(difference).max() <= 1


def test_many_images_are_resized_in_parts_as_if_at_once():
    images = random_images(1500, 1, 8)
    both = resize(images, 4)
    assert torch.equal(both[1024:], resize(images[1024:], 4))
    assert len(both) == 1500


def test_nothing_happens_without_a_size_or_at_the_same():
    images = random_images(2, 3, 8)
    assert resize(images, None) is images
    assert resize(images, 8) is images
