"""What the tests of segmentation share."""

import numpy as np
import pytest
from PIL import Image

CLASSES = ("sky", "road", "car")


def write_pair(root, name, rng, size=(40, 50)):
    """Write an image whose red says the class of each pixel, and its mask; a corner is void."""
    mask = rng.integers(0, 3, (-(-size[0] // 8), -(-size[1] // 8)), dtype=np.uint8)
    mask = mask.repeat(8, 0).repeat(8, 1)[: size[0], : size[1]]
    pixels = np.stack([mask * 80, np.full_like(mask, 128), np.full_like(mask, 200)], axis=2)
    mask = mask.copy()
    mask[:6, :7] = 255
    for folder, content in (("JPEGImages", pixels), ("SegmentationClass", mask)):
        (root / folder).mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(content)
        if folder == "SegmentationClass":
            image = Image.fromarray(content, mode="P")
            image.putpalette(list(range(256)) * 3)
        image.save(root / folder / f"{name}.png")


def write_voc(root, **lists):
    """Write a data set in VOC's layout: names of images by list."""
    rng = np.random.default_rng(0)
    (root / "ImageSets/Segmentation").mkdir(parents=True)
    (root / "classes.txt").write_text("\n".join(CLASSES) + "\n")
    for split, names in lists.items():
        (root / f"ImageSets/Segmentation/{split}.txt").write_text("\n".join(names) + "\n")
        for number, name in enumerate(names):
            write_pair(root, name, rng, size=(40, 50 + number % 2))
    return root


@pytest.fixture
def voc(tmp_path):
    """A data set in VOC's layout that a test may spoil: 6 images to train on, 3 to score on."""
    return write_voc(
        tmp_path / "voc", train=[f"t{n}" for n in range(6)], val=[f"v{n}" for n in range(3)]
    )
