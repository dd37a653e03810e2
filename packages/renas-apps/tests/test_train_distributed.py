"""Two processes on the CPU do what one does with the same two halves of each batch, in turn."""

import os
import subprocess
import sys

import pytest
import torch

from renas_apps.train import main
from renas_apps.training.log import read_log
from renas_trainer.checkpoint import load_model
from renas_trainer.compute import make_fabric
from renas_trainer.data import load_data
from renas_trainer.scoring import score
from renas_trainer.training_images import MemoryImages
from renas_trainer.weights import load_weights

# Dropout, drop path, augmentation, clipping and the auxiliary head all take part.
SETTINGS = [
    *("cifar10", "--data=digits", "--image-size=24", "--filters=4", "--cells=1", "--epochs=1"),
    *("--train-images=160", "--val-images=101", "--batch-size=32", "--clip=1", "--device=cpu"),
    *("--log-every=2", "--learning-rate=0.01"),
]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "two"
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command = [*torchrun, "--nproc-per-node=2", "-m", "renas_apps.train"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    # Stopped between two records of the loss, and resumed.
    for given in ([*SETTINGS, f"--run-dir={run}", "--max-steps=3"], [f"--resume={run}"]):
        subprocess.run([*command, *given], check=True, env=environment, timeout=120)
    return run


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "one"
    assert main([*SETTINGS, "--accumulate=2", f"--run-dir={run}"]) == 0
    return run


def losses(run):
    rows = read_log(run / "log.csv")
    return [float(row["loss"]) for row in rows if row["loss"] and row["step"] != "3"]


def test_losses_are_equal_to_1e_5(one, two):
    assert len(losses(two)) == 3  # of steps 1 and 2, 3 and 4, 5
    assert losses(two) == pytest.approx(losses(one), abs=1e-5)


def test_parameters_are_equal_too(one, two):
    (left, _), (right, _) = (load_weights(run / "model.safetensors") for run in (one, two))
    for name, value in left.items():
        if "running" not in name and "tracked" not in name:  # one process sees both halves
            assert torch.allclose(value, right[name], atol=1e-5), name


def test_one_process_with_the_whole_batch_differs(two, tmp_path):
    # So that the tests above can fail: BN sees 32 images at once, not twice 16.
    assert main([*SETTINGS, f"--run-dir={tmp_path / 'run'}"]) == 0
    pairs = zip(losses(two), losses(tmp_path / "run"), strict=True)
    assert max(abs(left - right) for left, right in pairs) > 1e-2


def test_each_image_is_scored_once_and_by_the_statistics_of_the_first_process(two):
    network, _ = load_model(two / "model.safetensors")
    data = load_data("digits", image_size=24, train_images=160, validation_images=101, seed=0)
    held = MemoryImages.of(data, cutout=0, hold_out=True, device="cpu")
    found = score(network, held.to_score(0, 1), make_fabric())
    last = read_log(two / "log.csv")[-1]
    assert found.images == 101  # odd: the processes have unequal numbers
    assert last["images"] == "101"
    assert (last["top1"], last["top5"]) == (str(found.top1), str(found.top5))


def test_bad_input_ends_both_processes(two):
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command = [*torchrun, "--nproc-per-node=2", "-m", "renas_apps.train", *SETTINGS]
    process = subprocess.run(
        [*command, f"--run-dir={two}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.returncode != 0
    assert f"renas-train: {two} holds a training already" in process.stderr
