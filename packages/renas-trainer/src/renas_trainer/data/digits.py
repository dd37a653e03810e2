"""scikit-learn's digits: 1,797 handwritten digits, grey, 8x8. They come with the library."""

import torch

from renas_trainer.data.image_data import ImageData, Split
from renas_trainer.data.resizing import resize
from renas_trainer.data.splitting import Pool

VALIDATION_IMAGES = 300
"""Held out by default."""

TEST_IMAGES = 297
"""Held out too, so that 1,200 are left to train on."""


def load_digits(
    *, image_size: int | None, train_images: int | None, validation_images: int | None, seed: int
) -> ImageData:
    """Load the digits, their 17 grey levels scaled to 0..255; see `load_data` for the arguments.

    All three splits are drawn by the seed, stratified. A mirrored digit is none: no flips.

    Raises:
        InputError: there are not as many images as asked for.
    """
    from sklearn import datasets  # late: it takes a second

    pixels, digits = datasets.load_digits(return_X_y=True)
    levels = torch.from_numpy(pixels).reshape(-1, 1, 8, 8)
    images = resize((levels * (255 / 16)).round().to(torch.uint8), image_size)
    labels = torch.from_numpy(digits).to(torch.int64)

    pool = Pool(labels, seed)
    test = pool.stratified(TEST_IMAGES, keep=1)
    held_out = VALIDATION_IMAGES if validation_images is None else validation_images
    validation = pool.stratified(held_out, keep=1)
    train = pool.balanced(train_images)
    return ImageData.of(
        name="digits",
        train=Split(images=images[train], labels=labels[train]),
        validation=Split(images=images[validation], labels=labels[validation]),
        test=Split(images=images[test], labels=labels[test]),
        classes=[str(digit) for digit in range(10)],
        flip=False,
    )
