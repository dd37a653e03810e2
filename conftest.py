"""What the tests of all packages share."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_configure() -> None:
    """Let Ctrl-C interrupt the tests, and the processes that they start.

    A shell's background jobs ignore it, and what they start inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def write_voc() -> Callable[[Path], Path]:
    """Write a data set in VOC's layout into a folder: 6 images to train on, 3 to score on."""
    # Not above: the tests of renas-space run where there is neither.
    import numpy as np
    from PIL import Image

    def write_pair(root: Path, name: str, rng: np.random.Generator, size: tuple[int, int]) -> None:
        """Write an image whose red says the class of each pixel, and its mask; a corner is void."""
        mask = rng.integers(0, 3, (-(-size[0] // 8), -(-size[1] // 8)), dtype=np.uint8)
        mask = mask.repeat(8, 0).repeat(8, 1)[: size[0], : size[1]]
        pixels = np.stack([mask * 80, np.full_like(mask, 128), np.full_like(mask, 200)], axis=2)
        Image.fromarray(pixels).save(root / f"JPEGImages/{name}.png")
        mask = mask.copy()
        mask[:6, :7] = 255
        image = Image.fromarray(mask, mode="P")
        image.putpalette(list(range(256)) * 3)
        image.save(root / f"SegmentationClass/{name}.png")

    def write(root: Path) -> Path:
        """Write all of it; return the folder."""
        rng = np.random.default_rng(0)
        for folder in ("ImageSets/Segmentation", "JPEGImages", "SegmentationClass"):
            (root / folder).mkdir(parents=True)
        (root / "classes.txt").write_text("sky\nroad\ncar\n")
        for split, count in (("train", 6), ("val", 3)):
            names = [f"{split[0]}{number}" for number in range(count)]
            (root / f"ImageSets/Segmentation/{split}.txt").write_text("\n".join(names) + "\n")
            for number, name in enumerate(names):
                write_pair(root, name, rng, (40, 50 + number % 2))
        return root

    return write
