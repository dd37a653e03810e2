"""Settings of a training: the recipes' defaults, and what a resumed run may change."""

import inspect
import re
from dataclasses import replace
from pathlib import Path

import pytest

from renas_apps.train import parse_train
from renas_apps.training.classifier_config import (
    Cifar10Config,
    ClassifierConfig,
    ImageNetConfig,
)
from renas_apps.training.config import TrainConfig
from renas_apps.training.preparing import recipe_of
from renas_apps.training.segmenter_config import VocConfig
from renas_space import RENASNET, InputError
from renas_trainer.recipes import Cifar10Recipe, ImageNetRecipe
from renas_trainer.segmentation.recipe import VocRecipe

CIFAR10 = Cifar10Config(data_dir=Path("cifar10"))
IMAGENET = ImageNetConfig(data_dir=Path("imagenet"))
VOC = VocConfig(data_dir=Path("voc"))


def test_defaults_are_the_papers_recipes():
    assert recipe_of(CIFAR10) == Cifar10Recipe()
    assert recipe_of(IMAGENET) == ImageNetRecipe()
    assert recipe_of(VOC) == VocRecipe()


@pytest.mark.parametrize(
    "kind", [TrainConfig, ClassifierConfig, Cifar10Config, ImageNetConfig, VocConfig]
)
def test_help_on_a_flag_can_be_read_alone(kind):
    source = inspect.getsource(kind)
    assert not re.search(r'"""(Of|At|Before|Behind) |likewise', source)


def test_defaults_are_the_papers_networks():
    assert (CIFAR10.cells, CIFAR10.filters) == (6, 32)
    assert (IMAGENET.cells, IMAGENET.filters) == (4, 44)


@pytest.mark.parametrize(
    ("flag", "name", "value"),
    [
        ("--epochs=3", "epochs", 3),
        ("--clip=2.5", "clip", 2.5),
        ("--clip=0", "clip", None),
        ("--ema-decay=0.99", "ema_decay", 0.99),
        ("--image-size=230", "evaluation_scale", 230),
        ("--no-colour", "colour", False),
        ("--no-decay-norms", "decay_norms", False),
    ],
)
def test_a_flag_sets_the_recipe(flag, name, value):
    asked = parse_train(["imagenet", "--data-dir=x", flag])
    assert getattr(recipe_of(asked), name) == value


def test_a_file_gives_way_to_a_flag(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('data-dir = "photos"\nepochs = 7\nbatch_size = 8\nclip = 1\n')
    asked = parse_train(["imagenet", f"--config={file}", "--epochs=9"])
    assert (asked.epochs, asked.batch_size, asked.data_dir) == (9, 8, Path("photos"))


def test_an_unknown_setting_in_a_file_is_named(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("epoch = 7\n")
    with pytest.raises(InputError) as error:
        parse_train(["imagenet", f"--config={file}"])
    assert str(error.value) == (f"{file} sets 'epoch', which is no setting: did you mean epochs?")


def test_the_genotype_is_kept_and_not_its_file():
    assert CIFAR10.settings()["genotype"] == str(RENASNET)
    assert CIFAR10.settings()["data_dir"] == str(Path("cifar10").absolute())
    assert "dry_run" not in CIFAR10.settings()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"devices": 0}, "--devices is 0: give a number of at least 1"),
        ({"val_images": 0}, "--val-images is 0: give a number of at least 1"),
        ({"seed": -1}, "--seed is -1: give a number from 0, below 2^64"),
        ({"clip": -1.0}, "--clip is -1.0: give a number from 0"),
        (
            {"run_dir": Path("a"), "resume": Path("b")},
            "--run-dir is a and --resume b: a run goes on in its own directory, "
            "so leave --run-dir out",
        ),
    ],
)
def test_a_setting_out_of_range_is_one_sentence(settings, message):
    with pytest.raises(InputError) as error:
        replace(CIFAR10, **settings)
    assert str(error.value) == message


def test_workers_below_0_are_refused():
    with pytest.raises(InputError) as error:
        replace(IMAGENET, workers=-1)
    assert str(error.value) == "--workers is -1: give a number of at least 0"
