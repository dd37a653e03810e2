"""The command renas-train voc: what it writes, what changes nothing, and bad input."""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image

from renas_apps.train import main
from renas_apps.training.log import read_log
from renas_trainer.compute import make_fabric
from renas_trainer.segmentation.images import full_size_batches
from renas_trainer.segmentation.model_file import load_segmenter
from renas_trainer.segmentation.scoring import score
from renas_trainer.segmentation.voc import find_voc
from renas_trainer.weights import load_weights


def settings(voc, *more):
    return [
        *("voc", f"--data-dir={voc}", "--filters=8", "--cells=1", "--device=cpu", "--workers=0"),
        *("--batch-size=4", "--crop-size=32", "--log-every=1", "--learning-rate=0.01", *more),
    ]


def figures(run):
    """Return all that must not depend on how often a training was stopped."""
    rows = read_log(run / "log.csv")
    return [{name: row[name] for name in row if name != "images_per_second"} for row in rows]


@pytest.fixture(scope="module")
def trained(tmp_path_factory, voc):
    run = tmp_path_factory.mktemp("runs") / "whole"
    assert main([*settings(voc, "--epochs=4", "--ema-decay=0.9"), f"--run-dir={run}"]) == 0
    return run


def test_a_run_leaves_what_the_other_recipes_leave(trained):
    names = {str(path.relative_to(trained)) for path in trained.rglob("*") if path.is_file()}
    assert {name for name in names if not name.startswith("events/")} == {
        *("config.toml", "lock", "log.csv", "model.safetensors", "network.json"),
        *(f"checkpoints/{name}.safetensors" for name in ("last", "best", "ema")),
    }
    rows = [row for row in figures(trained) if row["miou"]]
    assert [row["images"] for row in rows] == ["3"] * 4
    assert all(row["ema_miou"] and row["pixel_accuracy"] for row in rows)


def test_the_network_in_the_file_scores_what_the_log_says(trained, voc):
    network, metadata = load_segmenter(trained / "model.safetensors")
    batches = full_size_batches(
        find_voc(voc, "val"),
        mean=metadata.mean,
        std=metadata.std,
        workers=0,
        device=torch.device("cpu"),
    )
    found = score(network, batches, make_fabric(), classes=3)
    last = figures(trained)[-1]
    assert (str(found.miou), str(found.pixel_accuracy)) == (
        last["ema_miou"],
        last["ema_pixel_accuracy"],
    )
    assert metadata.classes == ("sky", "road", "car")
    assert metadata.facts["score"] == found.facts()
    assert metadata.facts["averaged"]


def test_stops_change_nothing(trained, voc, tmp_path):
    run = tmp_path / "run"
    given = settings(voc, "--epochs=4", "--ema-decay=0.9")
    assert main([*given, f"--run-dir={run}", "--max-steps=1"]) == 0
    assert main([f"--resume={run}", "--max-steps=3"]) == 0
    assert main([f"--resume={run}"]) == 0
    by_step = {row["step"]: row["loss"] for row in figures(trained) if row["loss"]}
    assert {row["step"]: row["loss"] for row in figures(run) if row["loss"]} == by_step
    (left, _), (right, _) = (load_weights(one / "model.safetensors") for one in (trained, run))
    assert all(torch.equal(value, right[name]) for name, value in left.items())


def test_a_kill_changes_nothing(voc, tmp_path):
    given = settings(voc, "--epochs=12", "--save-every=1")
    assert main([*given, f"--run-dir={tmp_path / 'whole'}"]) == 0
    run = tmp_path / "killed"
    command = [sys.executable, "-m", "renas_apps.train"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    start = [*command, *given, f"--run-dir={run}"]
    for arguments in (start, [*command, f"--resume={run}"]):
        before = last_step(run)
        process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 100
        while last_step(run) < before + 2 and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert main([f"--resume={run}"]) == 0
    assert figures(run) == figures(tmp_path / "whole")


def last_step(run):
    """Return the last step in a log that a process may be writing."""
    if not (run / "checkpoints/last.safetensors").exists():
        return 0
    return max((int(row["step"]) for row in read_log(run / "log.csv")), default=0)


@pytest.fixture(scope="module")
def two(tmp_path_factory, voc):
    run = tmp_path_factory.mktemp("runs") / "two"
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command = [*torchrun, "--nproc-per-node=2", "-m", "renas_apps.train"]
    given = settings(voc, "--epochs=3", "--clip=1")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([*command, *given, f"--run-dir={run}"], check=True, env=environment, timeout=120)
    return run


def test_two_processes_do_what_one_does_with_the_same_halves(two, voc, tmp_path):
    given = settings(voc, "--epochs=3", "--clip=1")
    assert main([*given, "--accumulate=2", f"--run-dir={tmp_path / 'one'}"]) == 0
    losses = [
        [float(row["loss"]) for row in figures(run) if row["loss"]]
        for run in (two, tmp_path / "one")
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_two_processes_give_the_metrics_of_one_and_count_no_image_twice(two, voc):
    network, metadata = load_segmenter(two / "model.safetensors")
    batches = full_size_batches(
        find_voc(voc, "val"),
        mean=metadata.mean,
        std=metadata.std,
        workers=0,
        device=torch.device("cpu"),
    )
    found = score(network, batches, make_fabric(), classes=3)
    last = figures(two)[-1]
    assert last["images"] == "3"  # odd: the processes have unequal numbers
    assert (last["miou"], last["pixel_accuracy"]) == (str(found.miou), str(found.pixel_accuracy))


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    root = tmp_path_factory.mktemp("photographs")
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        for name in ("ape", "bee"):
            folder = root / split / name
            folder.mkdir(parents=True)
            for number in range(2):
                pixels = rng.integers(0, 256, (61, 83, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.jpg")
    given = ["imagenet", f"--data-dir={root}", "--filters=8", "--cells=1", "--crop-size=48"]
    more = ["--epochs=1", "--batch-size=4", "--workers=0", "--plain-epochs=0", "--device=cpu"]
    assert main([*given, *more, "--genotype=nasnet-a", f"--run-dir={root / 'run'}"]) == 0
    return root / "run/model.safetensors"


def test_an_encoder_of_renas_train_is_gone_on_with(classifier, voc, tmp_path, capsys):
    given = ["voc", f"--data-dir={voc}", "--device=cpu", "--workers=0", "--batch-size=4"]
    more = ["--crop-size=32", "--encoder-rate=0", "--freeze-norms", "--epochs=1"]
    weights = f"--encoder-weights={classifier}"
    assert main([*given, *more, weights, f"--run-dir={tmp_path / 'run'}"]) == 0
    network, metadata = load_segmenter(tmp_path / "run/model.safetensors")
    trained, _ = load_weights(classifier)
    own = network.encoder.state_dict()
    assert own  # with a learning rate of 0 and frozen BN, it is what it was
    for name, value in own.items():
        assert torch.equal(value, trained[name.removeprefix("model.model.")]), name
    assert metadata.mean == pytest.approx((123.68, 116.78, 103.94))
    # The checkpoint has all weights: the classifier's file is needed no longer.
    stopped, moved = tmp_path / "stopped", tmp_path / "moved.safetensors"
    shutil.copy(classifier, moved)
    begun = [*given, *more, f"--encoder-weights={moved}", f"--run-dir={stopped}"]
    assert main([*begun, "--epochs=2", "--max-steps=1"]) == 0
    moved.unlink()
    assert main([f"--resume={stopped}"]) == 0
    assert main([f"--resume={stopped}", "--evaluate-only"]) == 0
    capsys.readouterr()
    assert main([*given, *more, weights, "--filters=16", f"--run-dir={tmp_path / 'x'}"]) == 2
    assert capsys.readouterr().err == (
        f"renas-train: --filters is 16 and the classifier {classifier} has 8: "
        "leave the flag out, or give another file\n"
    )
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("encoder", ["mobilenet-v2", "resnet18"])
def test_other_encoders_train(encoder, voc, tmp_path, capsys):
    given = ["voc", f"--data-dir={voc}", "--device=cpu", "--workers=0", "--batch-size=4"]
    more = [f"--encoder={encoder}", "--crop-size=32", "--max-steps=1"]
    assert main([*given, *more, f"--run-dir={tmp_path / 'run'}"]) == 0
    assert "DeepLabv3 on " in capsys.readouterr().out


def copied(voc, tmp_path):
    return shutil.copytree(voc, tmp_path / "voc")


def without_mask(root):
    (root / "SegmentationClass/t1.png").unlink()


def of_another_size(root):
    Image.new("P", (3, 4)).save(root / "SegmentationClass/t1.png")


def without_palette(root):
    Image.new("L", (51, 40)).save(root / "SegmentationClass/t1.png")


def missing_file(root):
    with (root / "ImageSets/Segmentation/train.txt").open("a") as file:
        file.write("t9\n")


def out_of_range(root):
    mask = Image.fromarray(np.full((40, 51), 3, dtype=np.uint8), mode="P")
    mask.putpalette([0] * 768)
    mask.save(root / "SegmentationClass/t1.png")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without_mask, "the image {voc}/JPEGImages/t1.png has no mask {voc}/SegmentationClass/t1"),
        (of_another_size, "the mask {voc}/SegmentationClass/t1.png is 3x4 and its image 51x40: "),
        (without_palette, "the mask {voc}/SegmentationClass/t1.png has no palette (its mode is L)"),
        (missing_file, "the list train of {voc} names t9, and there is no {voc}/JPEGImages/t9"),
        (out_of_range, "the mask {voc}/SegmentationClass/t1.png has a pixel of class 3, and the c"),
    ],
)
@pytest.mark.parametrize("workers", [0, 1])
def test_bad_images_are_named_in_one_sentence(spoil, message, workers, voc, tmp_path, capsys):
    root = copied(voc, tmp_path)
    spoil(root)
    given = settings(root, f"--workers={workers}", "--epochs=2")
    assert main([*given, f"--run-dir={tmp_path / 'run'}"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("renas-train: " + message.replace("{voc}", str(root)))
    assert said.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--encoder=resnet18", "--cells=1"], "--encoder resnet18 and --cells both say what sees"),
        (["--encoder=resnet1"], "there is no encoder 'resnet1': give a name of smp's, or tu- and"),
        (["--encoder-weights=imagenet"], "there are no weights of a cell to download: give --enc"),
        (["--encoder-weights=nothing"], "there are no weights at nothing: check the path"),
        (["--encoder-weights=."], "--encoder-weights . is a directory: give the file in it"),
        (["--output-stride=4"], "the output stride is 4: give 8, 16 or 32"),
        (["--batch-size=64"], "a batch has 64 images and there are 6 to train on: give a smaller"),
        (["--train-split=all"], "there is no list {voc}/ImageSets/Segmentation/all.txt: there ar"),
        (["--train-images=7"], "--train-images is 7: there are 6"),
        (["--sbd-dir=nowhere"], "nowhere does not have SBD's layout: it lacks the directory cls"),
        (["--scale-least=1e-5"], "--scale-least is 1e-05: give 0.05 to 20.0"),
        (["--crop-size=8"], "--crop-size is 8: give 16 to 8,192 pixels"),
        (["--workers=-1"], "--workers is -1: give a number of at least 0"),
    ],
)
def test_bad_settings_are_refused_in_one_sentence(given, message, voc, tmp_path, capsys):
    run = tmp_path / "run"
    assert main(["voc", f"--data-dir={voc}", f"--run-dir={run}", *given]) == 2
    said = capsys.readouterr().err
    assert said.startswith("renas-train: " + message.replace("{voc}", str(voc)))
    assert said.count("\n") == 1
    assert not run.exists()


def test_a_dry_run_says_what_would_be_done(voc, capsys):
    given = ["--encoder=mobilenet-v2", "--encoder-weights=imagenet", "--encoder-rate=0.1"]
    assert main(["voc", "--dry-run", *given]) == 0
    said = capsys.readouterr().out
    for line in (
        "  DeepLabv3 on tu-mobilenetv2_100, output stride 16: 4,523,541 parameters, 1,811,712 of "
        "them the encoder's\n",
        "  the encoder begins with weights of ImageNet, which are downloaded\n",
        "  10,582 to train on, as VOC 2012 with SBD has: no --data-dir is given\n",
        "  46 epochs of 661 steps: 30,406 steps of 16 images\n",
        "  polynomial of power 0.9, from 0.007 to 0\n",
        "  weights of the encoder: 51 tensors, 1,780,160 numbers, weight decay 4e-05, 0.1 of the "
        "learning rate\n",
    ):
        assert line in said
    assert main(["voc", "--dry-run", f"--data-dir={voc}", "--batch-size=4"]) == 0
    assert "  6 to train on, 3 to score on, 3 classes\n" in capsys.readouterr().out
