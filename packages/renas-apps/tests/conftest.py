"""What the tests of several commands share."""

import numpy as np
import pytest
import torch
from PIL import Image

from renas_apps.train import main
from renas_space import OPERATIONS, RENASNET, SearchSpace, plan_network
from renas_trainer.checkpoint import ModelMetadata, save_model
from renas_trainer.network import CellNetwork

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


@pytest.fixture(scope="session")
def digits_model(tmp_path_factory):
    """The file of a network for digits that has seen noise alone."""
    plan = plan_network(RENASNET, cells=1, filters=4, image_size=8, channels=1)
    network = CellNetwork(plan, generator=torch.Generator().manual_seed(0)).train()
    for _ in range(10):
        network(torch.randn(16, 1, 8, 8))
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    names = tuple("0123456789")
    save_model(
        path, network, ModelMetadata(classes=names, mean=(78.0,), std=(96.0,), data="digits")
    )
    return path


@pytest.fixture(scope="session")
def voc(tmp_path_factory):
    """A data set in VOC's layout: 6 images to train on, 3 to score on."""
    root = tmp_path_factory.mktemp("data") / "voc"
    return write_voc(root, train=[f"t{n}" for n in range(6)], val=[f"v{n}" for n in range(3)])


@pytest.fixture(scope="session")
def segmenter_model(tmp_path_factory, voc):
    """The file of a segmentation network that was trained on it for a step."""
    run = tmp_path_factory.mktemp("runs") / "segmenter"
    settings = ["--filters=8", "--cells=1", "--batch-size=6", "--crop-size=32", "--epochs=1"]
    given = ["voc", f"--data-dir={voc}", "--workers=0", "--device=cpu", *settings]
    assert main([*given, f"--run-dir={run}"]) == 0
    return run / "model.safetensors"


class AdditiveBenchmark:
    """Cells of two operations whose fitness is a sum, so that every effect is known."""

    def __init__(self, blocks):
        self.space = SearchSpace(blocks=blocks, operations=("sep_conv_3x3", "skip_connect"))
        self.name, self.digest, self.operations, self.target = "sums", "sums", OPERATIONS, 0.7

    def fitness(self, genotype):
        """A half, 0.05 for each convolution, and 0.02 for each read of c-1."""
        tokens = self.space.slot_tokens(genotype)
        convolutions = sum(row[2:].count(0) for row in tokens)
        return 0.5 + 0.05 * convolutions + 0.02 * sum(row[:2].count(1) for row in tokens)

    def observe(self, genotype, rng):  # noqa: ARG002 (no noise)
        return self.fitness(genotype)


@pytest.fixture
def additive():
    """Make a benchmark of cells of so many blocks whose effects are known."""
    return AdditiveBenchmark
