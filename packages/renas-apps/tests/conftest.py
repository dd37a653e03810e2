"""What the tests of several commands share."""

import csv
import gzip
import random

import numpy as np
import pytest
import torch

from renas_apps.comparison import Trial
from renas_apps.journal_rows import Evaluation
from renas_apps.train import main
from renas_space import OPERATIONS, RENASNET, SearchSpace, plan_network
from renas_space.nasbench201 import NasBench201Space
from renas_trainer.checkpoint import ModelMetadata, save_model
from renas_trainer.network import CellNetwork


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
def voc(tmp_path_factory, write_voc):
    """A data set in VOC's layout: 6 images to train on, 3 to score on."""
    return write_voc(tmp_path_factory.mktemp("data") / "voc")


@pytest.fixture(scope="session")
def segmenter_model(tmp_path_factory, voc):
    """The file of a segmentation network that was trained on it for a step.

    Its cell has two blocks: with five, its export takes torch more than a minute.
    """
    run = tmp_path_factory.mktemp("runs") / "segmenter"
    settings = ["--genotype=0105.2132", "--filters=8", "--cells=1", "--epochs=1"]
    settings += ["--batch-size=6", "--crop-size=32"]
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

    def fitnesses(self, genotypes):
        return np.array([self.fitness(genotype) for genotype in genotypes])

    def observe(self, fitness, rng):  # noqa: ARG002 (no noise)
        return fitness


@pytest.fixture
def additive():
    """Make a benchmark of cells of so many blocks whose effects are known."""
    return AdditiveBenchmark


def percent_of(cell):
    """An accuracy in per cent that convolutions near the output raise; unlike for every cell."""
    weights = (1, 2, 3, 4, 5, 6)
    worth = (0.0, 1.0, 2.0, 3.0, -1.0)
    tokens = [token for node in cell.edges for token in node]
    rank = sum(weight * worth[token] for weight, token in zip(weights, tokens, strict=True))
    return 50 + rank / 2 + random.Random(str(cell)).random()


@pytest.fixture(scope="session")
def percent():
    """Tell the accuracy of a cell in `table`, in per cent."""
    return percent_of


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    """The directory of a table like NAS-Bench-201's own, with other numbers."""
    directory = tmp_path_factory.mktemp("table")
    with gzip.open(directory / "nasbench201-cifar10.csv.gz", "wt") as file:
        writer = csv.writer(file)
        writer.writerow(["index", "arch_str", "c10_valid_12ep", "c10_test_12ep", "c10_test_200ep"])
        for index, cell in enumerate(NasBench201Space()):
            writer.writerow([index, cell, f"{percent_of(cell):.4f}", "50.0", "60.0"])
    return directory


def make_trial(seed, *improvements):
    """Make a trial of 20 evaluations that found these, each a number and a fitness."""
    return Trial(
        contestant="renas",
        settings="s",
        seed=seed,
        improvements=improvements,
        population=((0.5, 0.1), (0.6, 0.05)),
        entropies=(None, 1.25),
        evaluations=20,
    )


@pytest.fixture(scope="session")
def trial():
    """Make a trial of a comparison: ``trial(seed, (number, fitness), ...)``."""
    return make_trial


def make_row(number, fitness=None, **known):
    """Make the row of an individual; where nothing else is known, it was told."""
    values = {
        "state": "told",
        "kind": "initial" if known.get("parent_id") is None else "child",
        "genotype": "0110.1150.0003.1010.2250",
        "digest": "v1:0",
        "parent_id": None,
        "leaver_id": None,
        "mutations": "[]",
        "log_prob": None,
        "entropy": None,
        "replays": None,
        "parameters": 1000,
        "multiply_adds": 2000,
        **known,
    }
    return Evaluation(id=number, fitness=fitness, **values)


@pytest.fixture(scope="session")
def row():
    """Make the row of an individual in a journal: ``row(number, fitness, **columns)``."""
    return make_row
