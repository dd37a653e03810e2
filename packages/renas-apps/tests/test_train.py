"""The command renas-train: what it writes, that a kill changes nothing, and bad input."""

import csv
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image

from renas_apps.lock import locked
from renas_apps.train import main
from renas_apps.training.log import read_log
from renas_space import NASNET_A, RENASNET
from renas_trainer.checkpoint import load_model
from renas_trainer.compute import make_fabric
from renas_trainer.data import load_data
from renas_trainer.scoring import score
from renas_trainer.training_images import MemoryImages
from renas_trainer.weights import load_weights

SMALL = ["--filters=4", "--cells=1", "--device=cpu", "--log-every=1"]
DIGITS = [
    *("cifar10", "--data=digits", *SMALL, "--epochs=2", "--batch-size=32"),
    *("--train-images=170", "--val-images=61", "--ema-decay=0.9"),
]


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    root = tmp_path_factory.mktemp("photographs")
    rng = np.random.default_rng(0)
    for split, count in (("train", 8), ("val", 3)):
        for name in ("ape", "bee"):
            folder = root / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (61, 83, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.jpg")
    return root


def images(root):
    return [
        *("imagenet", f"--data-dir={root}", *SMALL, "--epochs=2", "--plain-epochs=1"),
        *("--batch-size=4", "--crop-size=48", "--workers=0"),
    ]


def figures(run):
    """Return all that must not depend on how often a training was stopped."""
    rows = read_log(run / "log.csv")
    return [{name: row[name] for name in row if name != "images_per_second"} for row in rows]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "digits"
    assert main([*DIGITS, f"--run-dir={run}"]) == 0
    return run


def test_a_run_leaves_its_settings_log_checkpoints_events_and_network(trained):
    names = {str(path.relative_to(trained)) for path in trained.rglob("*") if path.is_file()}
    assert {name for name in names if not name.startswith("events/")} == {
        *("config.toml", "lock", "log.csv", "model.safetensors"),
        *(f"checkpoints/{name}.safetensors" for name in ("last", "best", "ema")),
    }
    assert any(name.startswith("events/") for name in names)
    rows = figures(trained)
    assert [row["step"] for row in rows] == [*"12345", "5", "6", "7", "8", "9", "10", "10"]
    assert [row["images"] for row in rows if row["images"]] == ["61", "61"]


def test_a_run_is_scored_again_without_a_trace(trained, capsys):
    before = {path: path.read_bytes() for path in trained.rglob("*") if path.is_file()}
    assert main([f"--resume={trained}", "--evaluate-only"]) == 0
    said = capsys.readouterr().out.splitlines()
    last = [row for row in read_log(trained / "log.csv") if row["top1"]][-1]
    assert said[2].startswith(f"step {last['step']}  epoch 2.00  top-1 {float(last['top1']):.2%}")
    assert said[3].startswith(f"  with averaged weights: top-1 {float(last['ema_top1']):.2%}")
    assert len(said) == 4
    assert {path: path.read_bytes() for path in trained.rglob("*") if path.is_file()} == before
    assert main(["cifar10", "--data=digits", "--evaluate-only"]) == 2
    assert capsys.readouterr().err == (
        "renas-train: --evaluate-only scores the network of a run: name its directory with "
        "--resume, or give renas-eval a file\n"
    )


def test_the_network_in_the_file_scores_what_the_log_says(trained):
    network, metadata = load_model(trained / "model.safetensors")
    data = load_data("digits", train_images=170, validation_images=61, seed=0)
    held = MemoryImages.of(data, cutout=0, hold_out=True, device="cpu")
    found = score(network, held.to_score(0, 1), make_fabric())
    last = read_log(trained / "log.csv")[-1]
    assert (str(found.top1), str(found.top5)) == (last["ema_top1"], last["ema_top5"])
    assert network.plan.genotype == RENASNET
    assert metadata.classes == tuple("0123456789")
    assert metadata.facts["score"] == {
        "images": 61,
        "first": found.first,
        "among_five": found.among_five,
    }


@pytest.mark.parametrize("kind", ["digits", "photographs"])
def test_a_killed_training_goes_on_to_the_same_figures(tmp_path, photographs, trained, kind):
    settings = DIGITS if kind == "digits" else images(photographs)
    once, run = trained, tmp_path / "run"
    if kind == "photographs":
        once = tmp_path / "once"
        assert main([*settings, f"--run-dir={once}"]) == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "renas_apps.train", *settings, "--save-every=2", f"--run-dir={run}"],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    deadline = time.monotonic() + 120
    while len(read_log(run / "log.csv")) < 4 and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    assert len(figures(run)) < len(figures(once))
    assert main([f"--resume={run}"]) == 0
    assert figures(run) == figures(once)
    (model, facts), (again, same) = (
        load_weights(path / "model.safetensors") for path in (once, run)
    )
    assert facts == same
    assert all(torch.equal(again[name], value) for name, value in model.items())


def test_a_limit_on_steps_stops_and_resuming_without_it_goes_on(tmp_path, trained):
    run = tmp_path / "run"
    assert main([*DIGITS, "--max-steps=7", f"--run-dir={run}"]) == 0
    assert figures(run)[-1]["step"] == "7"
    assert main(["cifar10", f"--resume={run}", "--max-steps=10"]) == 0
    evaluated = [row for row in figures(run) if not (row["step"] == "7" and row["images"])]
    assert evaluated == figures(trained)


def test_a_cell_from_a_search_is_trained(tmp_path):
    best = tmp_path / "best.json"
    best.write_text(json.dumps({**json.loads(NASNET_A.to_json()), "fitness": 0.5}))
    out = tmp_path / "networks" / "nasnet.safetensors"
    out.parent.mkdir()
    settings = [*DIGITS, f"--genotype={best}", "--max-steps=1", f"--out={out}"]
    assert main([*settings, f"--run-dir={tmp_path / 'run'}"]) == 0
    assert load_model(out)[0].plan.genotype == NASNET_A
    # What it wrote itself, it may write again.
    assert main([f"--resume={tmp_path / 'run'}", "--max-steps=2"]) == 0
    assert load_model(out)[1].facts["step"] == 2


def test_a_resumed_run_replaces_nothing_of_others(tmp_path, trained, capsys):
    out = tmp_path / "table.csv"
    out.write_text("mine")
    said = refused(capsys, f"--resume={trained}", f"--out={out}")
    assert said == f"{out} is there already: give another --out"
    assert out.read_text() == "mine"


def test_a_cell_may_come_through_a_pipe(tmp_path):
    reader, writer = os.pipe()
    os.write(writer, str(NASNET_A).encode())
    os.close(writer)
    settings = [*DIGITS, f"--genotype=/dev/fd/{reader}", "--max-steps=1"]
    assert main([*settings, f"--run-dir={tmp_path / 'run'}"]) == 0
    assert load_model(tmp_path / "run" / "model.safetensors")[0].plan.genotype == NASNET_A


def refused(capsys, *arguments, status=2):
    assert main([str(argument) for argument in arguments]) == status
    said = capsys.readouterr().err
    assert said.startswith("renas-train: ")
    assert said.count("\n") == 1
    return said.removeprefix("renas-train: ").rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            [],
            "no recipe was given: give cifar10, imagenet or voc, as in renas-train cifar10 --help",
        ),
        ([*DIGITS, "--cutout=-3"], "--cutout is -3: give 0 or a number of pixels"),
        (
            ["voc2"],
            "'voc2' is no recipe: give cifar10, imagenet or voc, as in renas-train cifar10 --help",
        ),
        (["cifar10"], "--data cifar10 needs images: say where with --data-dir"),
        (
            ["imagenet"],
            "there are no images: say where train/<class>/* and val/<class>/* are with --data-dir",
        ),
        ([*DIGITS, "--filters=0"], "--filters is 0: give a number of at least 1"),
        ([*DIGITS, "--cells=0"], "--cells is 0: give a number of at least 1"),
        (
            [*DIGITS, "--workers=1"],
            "Unrecognized options: --workers=1: see renas-train cifar10 --help",
        ),
        ([*DIGITS, "--ema-decay=1.5"], "--ema-decay is 1.5: give a number from 0 and below 1"),
        (
            ["imagenet", "--data-dir=nowhere", "--image-size=32"],
            "--image-size is 32: give at least 224, as for a crop of 224",
        ),
        (
            [*DIGITS, "--batch-size=500"],
            "a batch has 500 images and there are 170 to train on: give a smaller batch size",
        ),
        (
            [*DIGITS, "--accumulate=3"],
            "a batch of 32 images cannot be divided into 3 equal parts of two or more "
            "(1 processes, 3 parts each): give a multiple of 3, at least 6",
        ),
        (
            [*DIGITS, "--track=wandb"],
            "--track wandb needs the library wandb: "
            "pip install 'renas-apps[wandb]', or leave it out",
        ),
        (
            ["imagenet", "--data-dir=nowhere"],
            "nowhere has no class folders in train: give a directory with train/<class>/* and "
            "val/<class>/*",
        ),
        (
            [*DIGITS, "--resume=nowhere"],
            "nowhere holds no training: give the directory of one to --resume",
        ),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert refused(capsys, *arguments) == message
    assert not (tmp_path / "runs").exists() or "track" in message or "batch" in message


def test_an_unknown_operation_is_named(tmp_path, capsys):
    cell = tmp_path / "cell.json"
    cell.write_text(RENASNET.to_json().replace("sep_conv_5x5", "sep_conv_9x9"))
    assert "sep_conv_9x9" in refused(capsys, *DIGITS, f"--genotype={cell}")


def test_a_truncated_photograph_is_named(tmp_path, photographs, capsys):
    root = tmp_path / "damaged"
    shutil.copytree(photographs, root)
    file = root / "train" / "ape" / "3.jpg"
    file.write_bytes(file.read_bytes()[:500])
    said = refused(capsys, *images(root), f"--run-dir={tmp_path / 'run'}")
    assert said.startswith(f"the image {file} cannot be read (")
    # Once it is mended the same command runs: what the failed one left does not stand in its way.
    shutil.copy(photographs / "train" / "ape" / "3.jpg", file)
    assert main([*images(root), f"--run-dir={tmp_path / 'run'}"]) == 0


def test_a_photograph_size_that_is_odd_trains(tmp_path, photographs):
    settings = [*images(photographs), "--crop-size=47", "--max-steps=1"]
    assert main([*settings, f"--run-dir={tmp_path / 'run'}"]) == 0


def test_a_resumed_run_is_not_trained_otherwise(trained, capsys):
    said = refused(capsys, "cifar10", f"--resume={trained}", "--genotype=nasnet-a")
    assert said == (
        f"{trained} was made with --genotype {RENASNET}, not {NASNET_A}: "
        "leave the flag out, or start another run"
    )
    said = refused(capsys, "imagenet", f"--resume={trained}")
    assert said == f"{trained} was made by the recipe cifar10, not imagenet: leave the recipe out"


def test_a_checkpoint_of_another_run_is_refused(trained, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    config = run / "config.toml"
    config.write_text(config.read_text().replace("weight_decay = 0.0003", "weight_decay = 0.1"))
    said = refused(capsys, f"--resume={run}")
    assert said.endswith(
        "is of another genotype, network or recipe: resume with the settings that it was made with"
    )


def test_a_run_directory_that_is_taken_is_refused(trained, capsys):
    said = refused(capsys, *DIGITS, f"--run-dir={trained}")
    assert said == (
        f"{trained} holds a training already: go on with it with --resume {trained}, "
        "or give another --run-dir"
    )


def test_a_loss_that_is_no_number_fails_in_one_sentence(tmp_path, capsys):
    settings = [*DIGITS, "--learning-rate=1e30", f"--run-dir={tmp_path / 'run'}"]
    said = refused(capsys, *settings, status=1)
    assert said.startswith("the loss is nan at step ")


def test_an_interrupted_training_says_how_to_go_on(tmp_path):
    run = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-m", "renas_apps.train", *DIGITS, "--epochs=400", f"--run-dir={run}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while len(read_log(run / "log.csv")) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert said.endswith(f"renas-train: interrupted: go on with renas-train --resume {run}\n")
    assert process.returncode == 130


def _seconds_of_children():
    """Return the processor's time of all processes that have ended: other tests do not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize(
    ("recipe", "shown"),
    [
        ("cifar10", ["(default: 630)", "(default: 0.05)", "(default: 0.0003)", "(default: 16)"]),
        ("imagenet", ["(default: 200)", "(default: 0.1)", "(default: 4e-05)", "(default: 10.0)"]),
    ],
)
def test_help_shows_the_papers_figures_without_torch(recipe, shown):
    code = (
        "import sys\n"
        "from renas_apps.train import main\n"
        f"try: main(['{recipe}', '--help'])\n"
        "finally: sys.exit(3 if 'torch' in sys.modules else 0)"
    )
    before = _seconds_of_children()
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0
    assert _seconds_of_children() - before < 3
    words = " ".join(process.stdout.replace("│", " ").split())
    for figure in shown:
        assert figure in words


def test_general_help_and_version_name_the_recipes(capsys):
    assert main(["--help"]) == 0
    assert "cifar10   630 epochs" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("renas-train ")


def test_the_log_is_a_table(trained):
    with (trained / "log.csv").open() as file:
        header = next(csv.reader(file))
    assert header[:5] == ["step", "epoch", "learning_rate", "loss", "images_per_second"]


def test_a_run_that_stopped_for_now_goes_on_to_its_end(tmp_path):
    run = tmp_path / "run"
    assert main([*DIGITS, "--max-steps=3", f"--run-dir={run}"]) == 0
    assert main([f"--resume={run}"]) == 0
    assert read_log(run / "log.csv")[-1]["step"] == "10"


def test_a_training_that_was_killed_before_its_model_logs_nothing_twice(tmp_path):
    run = tmp_path / "run"
    assert main([*DIGITS, f"--run-dir={run}"]) == 0
    (run / "model.safetensors").unlink()
    before = (run / "log.csv").read_text()
    assert main([f"--resume={run}"]) == 0
    assert (run / "log.csv").read_text() == before
    assert (run / "model.safetensors").exists()


def test_a_training_under_way_is_only_looked_at(trained, capsys):
    with locked(trained):
        assert refused(capsys, f"--resume={trained}") == (
            f"the run {trained} is in use by process {os.getpid()}: wait for it, or stop it"
        )
        assert main([f"--resume={trained}", "--evaluate-only"]) == 0


def test_a_model_has_the_score_of_its_own_weights(trained):
    _, metadata = load_model(trained / "model.safetensors")
    last = read_log(trained / "log.csv")[-1]
    score_ = metadata.facts["score"]
    assert metadata.facts["averaged"] is True
    assert score_["first"] / score_["images"] == pytest.approx(float(last["ema_top1"]))


def test_where_the_model_goes_is_checked_before_anything_is_trained(tmp_path, capsys):
    said = refused(capsys, *DIGITS, f"--run-dir={tmp_path / 'r'}", f"--out={tmp_path}/no/x.st")
    assert said == f"there is no directory {tmp_path}/no: make it, or give another --out"
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_a_checkpoint_is_not_scored(tmp_path, trained, capsys):
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(trained / "config.toml", run)
    said = refused(capsys, f"--resume={run}", "--evaluate-only")
    assert said == f"{run} has no checkpoint yet: resume it first"
