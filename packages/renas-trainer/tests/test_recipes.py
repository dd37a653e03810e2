"""The paper's figures, and settings that are out of range."""

import pytest

from renas_space import InputError
from renas_trainer.recipes import Cifar10Recipe, ImageNetRecipe


def test_the_recipe_of_cifar_10_is_the_papers():
    recipe = Cifar10Recipe()
    assert (recipe.epochs, recipe.batch_size, recipe.schedule) == (630, 128, "cosine-restarts")
    assert (recipe.learning_rate, recipe.learning_rate_end) == (0.05, 0.001)
    assert (recipe.first_cycle, recipe.cycle_growth) == (10, 2)
    assert (recipe.momentum, recipe.weight_decay) == (0.9, 3e-4)
    assert (recipe.auxiliary_weight, recipe.dropout, recipe.drop_path) == (0.4, 0.5, 0.5)
    assert (recipe.cutout, recipe.clip, recipe.label_smoothing) == (16, None, 0.0)


def test_the_recipe_of_imagenet_is_the_papers():
    recipe = ImageNetRecipe()
    assert (recipe.epochs, recipe.batch_size, recipe.schedule) == (200, 256, "polynomial")
    assert (recipe.learning_rate, recipe.learning_rate_end, recipe.power) == (0.1, 0.0, 1.0)
    assert (recipe.momentum, recipe.weight_decay, recipe.clip) == (0.9, 4e-5, 10.0)
    assert (recipe.auxiliary_weight, recipe.label_smoothing) == (0.4, 0.1)
    assert (recipe.crop_size, recipe.scale_least, recipe.scale_most) == (224, 256, 480)
    assert (recipe.colour, recipe.plain_epochs) == (True, 20)
    assert (recipe.dropout, recipe.drop_path) == (0.0, 0.0)


def test_cosines_add_up_to_630_epochs():
    assert Cifar10Recipe().cycle_ends == (10, 30, 70, 150, 310, 630)


@pytest.mark.parametrize(
    ("epochs", "ends"), [(1, (1,)), (10, (10,)), (11, (10, 30)), (30, (10, 30))]
)
def test_a_shorter_training_has_the_first_cosines(epochs, ends):
    assert Cifar10Recipe(epochs=epochs).cycle_ends == ends


def test_sides_are_scaled_with_the_crop_and_never_below_it():
    assert ImageNetRecipe().in_pixels(256) == 256
    assert ImageNetRecipe(crop_size=112).in_pixels(256) == 128
    assert ImageNetRecipe(crop_size=112).in_pixels(100) == 112


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs is 0: give at least 1"),
        ({"batch_size": 1}, "batch_size is 1: give at least 2"),
        ({"learning_rate": float("nan")}, "learning_rate is nan: give a number above 0"),
        ({"clip": 0.0}, "clip is 0.0: give a number above 0"),
        ({"dropout": 1.0}, "dropout is 1.0: give a number from 0 and below 1"),
        ({"ema_decay": -0.1}, "ema_decay is -0.1: give a number from 0 and below 1"),
        ({"weight_decay": -1.0}, "weight_decay is -1.0: give a number from 0"),
        (
            {"learning_rate_end": 0.2},
            "the learning rate goes from 0.05 to 0.2: give an end that is not above the start",
        ),
        ({"epochs": 2, "warmup_epochs": 2}, "warmup_epochs is 2 of 2 epochs: give fewer"),
    ],
)
def test_a_setting_out_of_range_is_one_sentence(settings, message):
    with pytest.raises(InputError) as error:
        Cifar10Recipe(**settings)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"scale_least": 500, "scale_most": 300},
            "shorter sides go from 500 to 300: give a least that is not above the most",
        ),
        ({"scale_least": 100}, "scale_least is 100: give at least 224, as for a crop of 224"),
        (
            {"plain_epochs": -5},
            "crop_size is 224 and plain_epochs -5: give at least 1 and at least 0",
        ),
    ],
)
def test_scales_that_make_no_crop_are_refused(settings, message):
    with pytest.raises(InputError) as error:
        ImageNetRecipe(**settings)
    assert str(error.value) == message
